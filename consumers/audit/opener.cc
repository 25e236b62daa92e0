#include "consumers/audit/opener.h"

#include <algorithm>

namespace jari::audit {
namespace {

constexpr std::size_t words_of(std::size_t bytes) {
  return (bytes + 7) / 8;
}

bool has_body(RecordKind kind) {
  return kind == RecordKind::Request || kind == RecordKind::Effect || kind == RecordKind::Own ||
         kind == RecordKind::Row;
}

std::uint64_t asker_of(const Asked& asked, std::string& bytes) {
  bytes.assign(1, static_cast<char>(asked.role));
  bytes.append(asked.by);
  return hash128(bytes_of(bytes)).low;
}

/// What only an operator may ask for.
bool is_operators_only(const Record& body) {
  return std::visit(
      [](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        return std::is_same_v<T, QueueConfigured> || std::is_same_v<T, PrequeueDrawn> ||
               std::is_same_v<T, ProgrammeConfigured> || std::is_same_v<T, EligibilityGranted> ||
               std::is_same_v<T, EligibilityRevoked> || std::is_same_v<T, AttendanceRecorded> ||
               std::is_same_v<T, SitePublished> || std::is_same_v<T, SlotPublished> ||
               std::is_same_v<T, SlotChanged> || std::is_same_v<T, SlotWithdrawn> ||
               std::is_same_v<T, StockChanged>;
      },
      body);
}

std::string_view person_in(const Record& body) {
  return std::visit(
      [](const auto& one) -> std::string_view {
        if constexpr (requires { one.person.text; }) {
          return one.person.text;
        } else {
          return {};
        }
      },
      body);
}

// What is asked for somebody else is an operator's, whoever asked.
bool is_operators(const Asked& asked, const Record& body) {
  if (asked.role == Role::Operator || is_operators_only(body)) return true;
  const std::string_view person = person_in(body);
  return !person.empty() && person != asked.by;
}

}  // namespace

bool Block::has_room_for(const LogRecord& record) const {
  if (count_ == records_.size()) return false;
  return count_ == 0 || used_ + words_of(record.bytes.size()) <= bytes_.size();
}

Seen& Block::add(const LogRecord& record) {
  CHECK(has_room_for(record));
  const std::size_t words = words_of(record.bytes.size());
  if (count_ == 0) bytes_.resize(std::max(words_of(kBytes), words));
  const auto bytes = std::as_writable_bytes(std::span{bytes_}.subspan(used_, words));
  std::copy_n(record.bytes.data(), record.bytes.size(), bytes.begin());
  used_ += words;
  Seen& seen = records_[count_++];
  seen.at = {record.where, record.offset};
  seen.bytes = bytes.first(record.bytes.size());
  seen.is_record = !record.is_forged;
  return seen;
}

void Block::clear() {
  count_ = 0;
  used_ = 0;
}

void Opener::open(Seen& seen) {
  decode(seen);
  look_up(seen);
}

void Opener::open(Block& block) {
  for (Seen& seen : block.records()) {
    decode(seen);
    expect_ids_soon(names_, seen.body);
  }
  for (Seen& seen : block.records()) look_up(seen);
}

void Opener::decode(Seen& seen) const {
  seen.envelope = {};
  seen.time = {};
  seen.is_applied = false;
  seen.is_settled = false;
  seen.caused = nullptr;
  const auto envelope = envelope_of({seen.at.where, seen.at.offset, seen.bytes, !seen.is_record});
  seen.is_record = envelope && is_of_known_form(*envelope);
  if (seen.is_record) seen.envelope = *envelope;
  seen.at.kind = seen.envelope.kind;
  seen.at.type = seen.envelope.type;
  seen.at.is_opened = true;
  if (has_body(seen.envelope.kind)) {
    decode_into(seen.body, seen.envelope.type, seen.envelope.body);
  } else {
    seen.body.emplace<std::monostate>();
  }
}

void Opener::look_up(Seen& seen) {
  static const std::uint64_t kNoRequest = hash_of_request({});
  const auto& asked = seen.envelope.asked;
  seen.request_hash = asked ? hash_of_request(asked->request) : kNoRequest;
  seen.asker = asked ? asker_of(*asked, bytes_) : 0;
  seen.is_operators = asked && is_operators(*asked, seen.body);
  read_ids(names_, seen.body, seen.ids);
  if (seen.envelope.stream) {
    seen.content = content_of(seen);
    seen.fact = fact_of(names_, seen.envelope, seen.body, seen.ids);
  } else {
    seen.fact.emplace<std::monostate>();
  }
}

Hash128 Opener::content_of(const Seen& seen) {
  Barrier barrier;
  const Bytes body = seen.envelope.body;
  if (seen.envelope.kind == RecordKind::Barrier && flat::read_root(body, barrier)) {
    return hash_of_record(barrier);
  }
  return hash_of_body(seen.body, body);
}

}  // namespace jari::audit
