// tests/consumers/audit/stories.h — what is exported of a log, and what is found in it: kept for
// the second auditor where second_auditor_test.py asks for it.
#pragma once

#include <string>

#include "consumers/audit/audit.h"
#include "engine/log/log.h"

namespace jari::audit {

/// A line for each violation.
[[nodiscard]] std::string lines_of(const Report& report);
/// What `jari export` prints of the log.
[[nodiscard]] std::string exported(Log& log, const LogIdentity& identity);
[[nodiscard]] std::string exported(Log& log);
/// What `jari audit --export` finds in it; it calls it export.jsonl.
[[nodiscard]] Result<Report> audit_export(const std::string& text);
/// NAME.jsonl and NAME.found in the directory that JARI_AUDIT_STORIES names, if it does.
void keep_story(const std::string& name, const std::string& text, const Report& report);

}  // namespace jari::audit
