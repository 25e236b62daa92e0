#include "engine/log/kafka/kafka_message.h"

#include <array>
#include <cstring>

namespace jari {
namespace {

/// Anybody whom the cluster lets write may ask for something in a person's name; all else is said
/// by nodes, an operator's requests too, whose token the door has seen.
bool may_be_anybodys(const Envelope& envelope) {
  return envelope.kind == RecordKind::Request && envelope.asked &&
         envelope.asked->role == Role::Person;
}

bool are_equal(std::string_view seal, Bytes other) {
  std::byte differs{};  // in a time that does not tell where
  for (std::size_t i = 0; i < kSealBytes; ++i) differs |= bytes_of(seal)[i] ^ other[i];
  return differs == std::byte{};
}

}  // namespace

KafkaSeal::KafkaSeal(std::string_view key) {
  if (!key.empty()) hmac_.emplace(bytes_of(key));
}

std::string KafkaSeal::mac(PartitionRef where, Bytes record, const Hash128& incarnation) {
  std::array<std::byte, sizeof incarnation + 3> head{};
  std::memcpy(head.data(), &incarnation, sizeof incarnation);
  head[sizeof incarnation] = std::byte{where.topic};
  head[sizeof incarnation + 1] = static_cast<std::byte>(where.partition & 0xffU);
  head[sizeof incarnation + 2] = static_cast<std::byte>(where.partition >> 8U);
  hmac_->feed(head);
  hmac_->feed(record);
  const Sha256 whole = hmac_->finish();
  return std::string{text_of(Bytes{whole}.first(kSealBytes))};
}

std::optional<std::string> KafkaSeal::of(PartitionRef where, Bytes record) {
  if (!hmac_) return std::nullopt;
  return mac(where, record, incarnation_);
}

bool KafkaSeal::is_forged(const LogRecord& record, bool is_sink, Bytes seal) {
  if (!hmac_) return false;
  const bool has_seal = seal.size() == kSealBytes;
  const auto is_sealed = [&](const Hash128& incarnation) {
    return has_seal && are_equal(mac(record.where, record.bytes, incarnation), seal);
  };
  if (is_sealed(incarnation_)) return false;
  const auto envelope = read_envelope(record.bytes);
  if (!envelope || (!is_sink && may_be_anybodys(*envelope))) return false;
  const bool may_begin = record.offset == 0 && envelope->kind == RecordKind::Genesis;
  return !(may_begin && is_sealed({}));
}

std::optional<KafkaRow> row_of(Bytes record) {
  const auto envelope = read_envelope(record);
  if (!envelope || envelope->body.empty()) return std::nullopt;
  const Bytes body = envelope->body;
  const auto at = static_cast<std::uint32_t>(body.data() - record.data());
  std::string rest(sizeof at, '\0');
  std::memcpy(rest.data(), &at, sizeof at);
  rest.append(text_of(record.first(at)));
  rest.append(text_of(record.subspan(at + body.size())));
  return KafkaRow{body, std::move(rest)};
}

std::optional<std::string> record_of_row(Bytes document, Bytes rest) {
  std::uint32_t at = 0;
  if (rest.size() < sizeof at) return std::nullopt;
  std::memcpy(&at, rest.data(), sizeof at);
  const std::string_view around = text_of(rest.subspan(sizeof at));
  if (at > around.size()) return std::nullopt;
  std::string record;
  record.reserve(around.size() + document.size());
  record.append(around.substr(0, at)).append(text_of(document)).append(around.substr(at));
  return record;
}

}  // namespace jari
