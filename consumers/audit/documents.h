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

/// All that a document of `sync` says of an appointment but as of when, as a number of this run.
[[nodiscard]] std::uint64_t says_of(const Appointment& appointment);
/// What is named, as a number of this run; 0: nothing.
[[nodiscard]] std::uint64_t place_of(std::string_view queue, std::string_view site,
                                     std::string_view slot, std::string_view product);

}  // namespace jari::audit
