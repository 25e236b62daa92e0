#include "consumers/proof/receipt.h"

#include <algorithm>
#include <array>
#include <limits>

#include "consumers/proof/note.h"
#include "consumers/proof/rows.h"
#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"

namespace jari::proof {
namespace {

constexpr std::array<std::string_view, 10> kMembers{
    "form", "log", "checkpoint", "topic", "partition", "offset", "size", "says", "record", "proof"};

Error no_receipt(std::string_view why) {
  return {ErrorCode::BadBytes, "it is no receipt: " + std::string(why)};
}

Error does_not_fit(std::string_view why) {
  return {ErrorCode::DigestMismatch, "it does not fit the checkpoint: " + std::string(why)};
}

std::string_view text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->text().value_or(std::string_view{}) : std::string_view{};
}

std::optional<std::uint64_t> number_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  const auto number = value ? value->integer() : std::nullopt;
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<Sha256> hash_in(std::optional<std::string_view> text) {
  const auto bytes = from_hex(text.value_or(""));
  Sha256 hash{};
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy_n(bytes_of(*bytes).begin(), hash.size(), hash.begin());
  return hash;
}

bool has_exactly_its_members(const http::JsonValue& root) {
  return root.is_object() && root.size() == kMembers.size() &&
         std::all_of(kMembers.begin(), kMembers.end(),
                     [&](std::string_view name) { return root.member(name).has_value(); });
}

Result<void> read_place(const http::JsonValue& root, Receipt& receipt) {
  const auto log = parse_hash128(text_in(root, "log"));
  const auto checkpoint = hash_in(text_in(root, "checkpoint"));
  const auto partition = number_in(root, "partition");
  const auto offset = number_in(root, "offset");
  const auto size = number_in(root, "size");
  if (!log) return no_receipt("log is none");
  if (!checkpoint) return no_receipt("checkpoint is no hash");
  if (!partition || *partition > std::numeric_limits<PartitionNo>::max() || !offset || !size) {
    return no_receipt("partition, offset or size is no number");
  }
  receipt.log = *log;
  receipt.checkpoint = *checkpoint;
  receipt.topic = text_in(root, "topic");
  receipt.partition = static_cast<PartitionNo>(*partition);
  receipt.offset = *offset;
  receipt.size = *size;
  return {};
}

/// For people, whatever the order and white space of what they were shown.
bool is_same_json(std::string_view a, std::string_view b) {
  const auto left = http::parse_json(a);
  const auto right = http::parse_json(b);
  return left && right && http::canonical(left->root()) == http::canonical(right->root());
}

std::string line_of_appointment(const http::JsonValue& said) {
  const auto text = [&](std::string_view name) { return std::string(text_in(said, name)); };
  std::string line = "appointment " + text("appointment") + " of person " + text("person") + ": " +
                     text("state") + ", site " + text("site") + ", slot " + text("slot") + " at " +
                     text("starts_at") + " (" + text("zone") + "), programme " + text("programme") +
                     ", product " + text("product");
  line += ", version " + std::to_string(number_in(said, "version").value_or(0));
  return line + ", as of " + text("as_of");
}

std::string line_of_outcome(const http::JsonValue& said) {
  const auto text = [&](std::string_view name) { return std::string(text_in(said, name)); };
  std::string line = "request " + text("request") + " (" + text("asked") + ")";
  if (!text("person").empty()) line += " of person " + text("person");
  line += ": " + text("decision");
  if (!text("code").empty()) line += ", " + text("code");
  if (const auto ticket = number_in(said, "ticket")) line += ", ticket " + std::to_string(*ticket);
  for (const char* name : {"queue", "appointment", "hold", "programme", "site", "slot"}) {
    if (!text(name).empty()) line += std::string(", ") + name + " " + text(name);
  }
  if (const auto version = number_in(said, "version")) {
    line += ", version " + std::to_string(*version);
  }
  return line;
}

}  // namespace

Result<std::string> said_by(std::string_view topic, Bytes record) {
  const auto row = read_row(topic, record);
  if (!row) return row.error();
  return row->says;
}

std::string to_json(const Receipt& receipt) {
  std::string out;
  http::JsonWriter json(out);
  json.begin_object()
      .field("form", kReceiptForm)
      .field("log", to_text(receipt.log))
      .field("checkpoint", to_hex(receipt.checkpoint))
      .field("topic", receipt.topic)
      .field("partition", receipt.partition)
      .field("offset", receipt.offset)
      .field("size", receipt.size)
      .raw_field("says", receipt.says)
      .field("record", to_base64(bytes_of(receipt.record)));
  json.key("proof").begin_array();
  for (const Sha256& hash : receipt.proof) json.value(to_hex(hash));
  json.end_array().end_object();
  return out;
}

Result<Receipt> parse_receipt(std::string_view json) {
  if (json.size() > kReceiptBytesMax) return no_receipt("it is larger than 256 KiB");
  const auto document = http::parse_json(json);
  if (!document) return no_receipt(document.error().detail);
  const auto root = document->root();
  if (!root.is_object() || text_in(root, "form") != kReceiptForm) {
    return no_receipt("it does not say `form` `" + std::string(kReceiptForm) + "`");
  }
  if (!has_exactly_its_members(root)) return no_receipt("it has other members than a receipt");
  Receipt receipt;
  if (auto read = read_place(root, receipt); !read) return read.error();
  receipt.says = http::canonical(*root.member("says"));
  const auto record = from_base64(text_in(root, "record"));
  if (!record || record->empty()) return no_receipt("record is no base64");
  receipt.record = *record;
  const auto proof = root.member("proof");
  if (!proof->is_array()) return no_receipt("proof is no list");
  for (const auto one : proof->elements()) {
    const auto hash = hash_in(one.text());
    if (!hash) return no_receipt("a line of its proof is no hash");
    receipt.proof.push_back(*hash);
  }
  return receipt;
}

Result<void> verify(const Receipt& receipt, const Checkpoint& checkpoint) {
  if (receipt.log != checkpoint.log) {
    return Error{ErrorCode::LogMismatch, "it is of log " + to_text(receipt.log) +
                                             ", and the checkpoint of log " +
                                             to_text(checkpoint.log)};
  }
  if (receipt.checkpoint != hash_of(checkpoint)) {
    return Error{ErrorCode::LogMismatch,
                 "it was made for another checkpoint, whose text has "
                 "SHA-256 " +
                     to_hex(receipt.checkpoint)};
  }
  const PartitionMark* mark = checkpoint.find(receipt.topic, receipt.partition);
  if (mark == nullptr) return does_not_fit("it has no such partition");
  if (receipt.size != mark->size) return does_not_fit("it has another size there");
  if (receipt.offset >= mark->size) return does_not_fit("it ends before that offset");
  if (!is_included(leaf_hash(bytes_of(receipt.record)), receipt.offset, receipt.size, receipt.proof,
                   mark->root)) {
    return does_not_fit("no such record stands at that offset");
  }
  const auto said = said_by(receipt.topic, bytes_of(receipt.record));
  if (!said) return said.error();
  if (!is_same_json(*said, receipt.says)) {
    return Error{ErrorCode::DigestMismatch,
                 "its record says something else than it shows: " + *said};
  }
  return {};
}

std::string words_of(const Receipt& receipt, const Checkpoint& checkpoint) {
  const auto said = http::parse_json(receipt.says);
  const bool is_appointment = receipt.topic == kSyncTopicName;
  std::string words =
      is_appointment ? line_of_appointment(said->root()) : line_of_outcome(said->root());
  words += "\nIt stands in " + receipt.topic + " " + std::to_string(receipt.partition) +
           " at offset " + std::to_string(receipt.offset) + " of log " + to_text(receipt.log) +
           ",\namong the " + std::to_string(receipt.size) +
           " records that the checkpoint of log time " + to_text(checkpoint.time) + " covers.\n";
  words += is_appointment ? "A later version may stand behind it: this one says nothing of that.\n"
                          : "It was decided no later than that; what came of it later, it does "
                            "not say.\n";
  return words;
}

}  // namespace jari::proof
