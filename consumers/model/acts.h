// consumers/model/acts.h — what each kind of request asks for, in words that people use.
//
// Errors:  a type that is no request is said by its name.
// Threads: pure.
#pragma once

#include <string_view>

#include "consumers/model/record.h"

namespace jari {

/// `withdrew a slot`, `booked for somebody`: what an operator did who asked for it.
[[nodiscard]] std::string_view act_of(RecordType type);

}  // namespace jari
