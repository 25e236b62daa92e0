// consumers/audit/documents.h — the JSON documents of `sync`, as far as rules ask what they say.
//
// Errors:  nothing for what is no JSON object; what it does not say is empty.
// Threads: that of the names.
#pragma once

#include <optional>
#include <string_view>

#include "consumers/audit/facts.h"

namespace jari::audit {

[[nodiscard]] std::optional<Document> read_document(Names& names, std::string_view text);
/// The same by a reader of any JSON: slower, for what Jari would have written otherwise.
[[nodiscard]] std::optional<Document> read_any_document(Names& names, std::string_view text);

}  // namespace jari::audit
