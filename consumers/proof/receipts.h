// consumers/proof/receipts.h — makes receipts from a log, one or many in one reading.
//
// Keeps of the topic that is read 64 bytes a record for the tree, and each record that is asked
// for.
//
// Errors:  NotFound where there is none below the checkpoint; BadArgument where several people have
//          used the request id; LogMismatch for another log, or one that is no longer the
//          checkpoint's; what reading the log gives.
// Threads: one.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "consumers/proof/log_marks.h"
#include "consumers/proof/receipt.h"

namespace jari::proof {

/// Of each appointment its latest version below the checkpoint.
struct EveryAppointment {};
struct OneAppointment {
  std::string appointment;
};
struct OneTicket {
  std::string queue;
  std::uint64_t ticket = 0;
};
/// `person` may be empty: then nobody else may have used that id.
struct OneRequest {
  std::string request;
  std::string person;
};
using WantedReceipt = std::variant<EveryAppointment, OneAppointment, OneTicket, OneRequest>;

/// Gives each to `give`, named by the appointment or, with another, not at all; an error of its
/// ends it. How many there were.
using GiveReceipt = std::function<Result<void>(const std::string& name, const Receipt& receipt)>;
[[nodiscard]] Result<std::uint64_t> make_receipts(Log& log, const Checkpoint& checkpoint,
                                                  const WantedReceipt& wanted, const Wait& wait,
                                                  const GiveReceipt& give);

}  // namespace jari::proof
