// consumers/timeline/subject.h — Subject: whose or what's timeline is asked for.
//
// Errors:  BadArgument, in words, for what names nothing that there can be.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/base/result.h"

namespace jari::timeline {

enum class SubjectKind : std::uint8_t { Person = 1, Ticket, Slot, Site, Operator };

struct Subject {
  SubjectKind kind = SubjectKind::Person;
  std::string id;            // the person, queue, site or operator
  std::string slot;          // of a slot: id is its site
  std::uint64_t ticket = 0;  // of a ticket: id is its queue
};

/// `words` are the ID: a ticket's QUEUE/NUMBER and a slot's SITE/SLOT may be one word or two.
[[nodiscard]] Result<Subject> parse_subject(const std::string& kind,
                                            std::span<const std::string> words);
/// `ticket 17 of moderna-2`.
[[nodiscard]] std::string to_text(const Subject& subject);

}  // namespace jari::timeline
