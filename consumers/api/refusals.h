// consumers/api/refusals.h — every no as a problem document, with what a person can do about it.
//
// Decides nothing: a Refusal comes from a form, the door or an Outcome.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include "consumers/api/call.h"
#include "engine/http/problem.h"

namespace jari::api {

[[nodiscard]] http::Problem problem_of(const Refusal& refusal, std::string_view request);
[[nodiscard]] Refusal refusal_of(const Outcome& outcome);
[[nodiscard]] Refusal refusal_of(const Fault& fault);

/// Rows of this partition that wait for this sink leave no room for more.
[[nodiscard]] Refusal refusal_of_rows(const LogIdentity& log, PartitionRef where, PartitionRef sink,
                                      bool is_parked);

/// Makes the reply a no.
void refuse(Reply& reply, Refusal refusal);
inline void refuse(Reply& reply, Code code) {
  refuse(reply, Refusal{.code = code});
}

}  // namespace jari::api
