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
  raw_[count_] = bytes.first(record.bytes.size());
  Seen& seen = records_[count_++];
  seen = {};
  seen.at = {record.where, record.offset};
  seen.is_record = !record.is_forged;
  return seen;
}

void Block::clear() {
  count_ = 0;
  used_ = 0;
  chunk_ = 0;
  chunk_used_ = 0;
  others_.clear();
}

void Opener::decode(Seen& seen, Bytes bytes, Opened& opened) const {
  const auto envelope = envelope_of({seen.at.where, seen.at.offset, bytes, !seen.is_record});
  seen.is_record = envelope && is_of_known_form(*envelope);
  opened.envelope = seen.is_record ? *envelope : Envelope{};
  seen.kind = seen.at.kind = opened.envelope.kind;
  seen.type = seen.at.type = opened.envelope.type;
  seen.at.is_opened = true;
  if (has_body(seen.kind)) {
    decode_into(opened.body, seen.type, opened.envelope.body);
  } else {
    opened.body.emplace<std::monostate>();
    seen.own = opened.envelope.body;
  }
  opened.hashes = expect_ids(names_, opened.body);
}

void Opener::look_up(Seen& seen, Opened& opened, Block& block) {
  static const std::uint64_t kNoRequest = hash_of_request({});
  const Envelope& envelope = opened.envelope;
  seen.request_hash = kNoRequest;
  if (envelope.asked) {
    seen.asked = block.keep(*envelope.asked);
    seen.request_hash = hash_of_request(envelope.asked->request);
    seen.asker = asker_of(*envelope.asked, bytes_);
    seen.is_operators = is_operators(*envelope.asked, opened.body);
  }
  seen.ids = read_ids(names_, opened.body, opened.hashes);
  std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        // No rule asks for more of a row's outcome than its effect says.
        const bool is_kept = !std::is_same_v<T, Outcome> || seen.kind != RecordKind::Row;
        if constexpr (!std::is_same_v<T, std::monostate>) {
          if (is_kept) seen.body = Body(block.keep(one));
        }
        if constexpr (std::is_same_v<T, ProgrammeConfigured>) {
          seen.cohorts = block.keep(read_cohorts(names_, one));
        }
      },
      opened.body);
  if (!envelope.stream) return;
  opened.content = content_of(opened);
  seen.source = envelope.stream->source;
  seen.cause = envelope.stream->cause;
  seen.effect = block.keep(Effect{seen.at, envelope.stream->reverse_last, &block,
                                  fact_of(names_, envelope, opened.body, seen.ids)});
}

Hash128 Opener::content_of(const Opened& opened) {
  Barrier barrier;
  const Bytes body = opened.envelope.body;
  if (opened.envelope.kind == RecordKind::Barrier && flat::read_root(body, barrier)) {
    return hash_of_record(barrier);
  }
  return hash_of_body(opened.body, body);
}

}  // namespace jari::audit
