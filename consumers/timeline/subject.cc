#include "consumers/timeline/subject.h"

#include <charconv>
#include <optional>
#include <utility>

#include "consumers/model/ids.h"

namespace jari::timeline {
namespace {

Error wrong(const std::string& why) {
  return {ErrorCode::BadArgument, why};
}

/// A thing within another: `A/B`, or `A` and `B`.
std::optional<std::pair<std::string, std::string>> parts_of(std::span<const std::string> words) {
  if (words.size() == 2) return std::pair{words[0], words[1]};
  if (words.size() != 1) return std::nullopt;
  const std::size_t slash = words[0].find('/');
  if (slash == std::string::npos) return std::nullopt;
  return std::pair{words[0].substr(0, slash), words[0].substr(slash + 1)};
}

Result<Subject> ticket_of(std::span<const std::string> words) {
  const auto parts = parts_of(words);
  if (!parts || !is_id(parts->first)) return wrong("a ticket is named QUEUE/NUMBER");
  Subject subject{SubjectKind::Ticket, parts->first, {}, 0};
  const std::string& number = parts->second;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), subject.ticket);
  const bool is_number = error == std::errc{} && end == number.data() + number.size();
  if (!is_number || subject.ticket == 0) {
    return wrong("a ticket's number counts from 1, and is not " + number);
  }
  return subject;
}

Result<Subject> slot_of(std::span<const std::string> words) {
  const auto parts = parts_of(words);
  if (!parts || !is_id(parts->first) || !is_id(parts->second)) {
    return wrong("a slot is named SITE/SLOT");
  }
  return Subject{SubjectKind::Slot, parts->first, parts->second, 0};
}

}  // namespace

Result<Subject> parse_subject(const std::string& kind, std::span<const std::string> words) {
  if (kind == "ticket") return ticket_of(words);
  if (kind == "slot") return slot_of(words);
  if (words.size() != 1) return wrong("name one " + kind);
  if (kind == "operator") {
    if (words[0].empty()) return wrong("an operator has a name");
    return Subject{SubjectKind::Operator, words[0], {}, 0};
  }
  const bool is_known = kind == "person" || kind == "site";
  if (!is_known) return wrong("neither a person, ticket, slot, site nor operator: " + kind);
  if (!is_id(words[0])) return wrong("an id has 1 to 64 of A-Z a-z 0-9 . _ : -");
  return Subject{kind == "person" ? SubjectKind::Person : SubjectKind::Site, words[0], {}, 0};
}

std::string to_text(const Subject& subject) {
  switch (subject.kind) {
    case SubjectKind::Person:
      return "person " + subject.id;
    case SubjectKind::Ticket:
      return "ticket " + std::to_string(subject.ticket) + " of " + subject.id;
    case SubjectKind::Slot:
      return "slot " + subject.slot + " of " + subject.id;
    case SubjectKind::Site:
      return "site " + subject.id;
    case SubjectKind::Operator:
      return "operator " + subject.id;
  }
  return {};
}

}  // namespace jari::timeline
