// consumers/audit/audit.h — holds a whole log against the rules that always hold, without any of
// the code that decided what stands in it.
//
// Reads the log twice: what was said of each record, then each record in its order.
//
// Errors:  what the log itself gives; a broken rule is no error but a line of the report.
// Threads: one.
#pragma once

#include <functional>

#include "consumers/audit/report.h"
#include "engine/log/log.h"

namespace jari::audit {

/// Told now and then how many records were read, of how many (both readings counted).
using Progress = std::function<void(std::uint64_t read, std::uint64_t all)>;

/// The report refers to the log's identity: the log must outlive it.
[[nodiscard]] Result<Report> audit(Log& log, const Progress& progress = {});

}  // namespace jari::audit
