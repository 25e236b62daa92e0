// ops/jari/queue_document.h — a queue as an operator is shown it by the command line: what
// everybody sees, and what only operators see.
//
// Errors:  BadBytes where one of the documents is no JSON object.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace jari::ops {

/// The public document with the members added that only the operator's has, as one line of JSON.
[[nodiscard]] Result<std::string> join_queue_documents(std::string_view everybody,
                                                       std::string_view operators);

}  // namespace jari::ops
