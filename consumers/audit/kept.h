// consumers/audit/kept.h — how many rows of each kind an auditor keeps, by which a test sees what
// grows with a log and what does not.
//
// Errors:  none.
// Threads: a plain value.
#pragma once

#include <map>
#include <string>

namespace jari::audit {

using Kept = std::map<std::string, std::size_t>;

}  // namespace jari::audit
