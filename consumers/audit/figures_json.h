// consumers/audit/figures_json.h — the figures of a log as JSON: the same numbers as the page has.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <functional>

#include "consumers/audit/figures.h"
#include "engine/http/json_writer.h"

namespace jari::audit {

/// As the member `figures`; `place` writes where a record stands.
void append_figures(http::JsonWriter& json, const Figures& figures,
                    const std::function<void(const At&)>& place);

}  // namespace jari::audit
