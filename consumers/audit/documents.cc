#include "consumers/audit/documents.h"

#include <array>
#include <charconv>

#include "engine/http/json_reader.h"

namespace jari::audit {
namespace {

constexpr std::array kStates{AppointmentState::Booked, AppointmentState::Cancelled,
                             AppointmentState::Attended, AppointmentState::Missed};
constexpr std::array kBy{CancelledBy::Person, CancelledBy::Operator, CancelledBy::Withdrawal};

template <class Enum, std::size_t N>
Enum enum_of(std::string_view text, const std::array<Enum, N>& all) {
  for (const Enum one : all) {
    if (to_text(one) == text) return one;
  }
  return Enum{};
}

/// The members of a document in the order in which Jari writes them, and nothing that JSON would
/// write otherwise: so that what is read here is what any reader of JSON reads.
class Plain {
 public:
  explicit Plain(std::string_view text) : left_(text) {}

  bool take(std::string_view what) {
    if (!left_.starts_with(what)) return false;
    left_.remove_prefix(what.size());
    return true;
  }
  /// The rest of a text, and its closing quote.
  bool take_text(std::string_view& text) {
    std::size_t size = 0;
    while (size < left_.size() && is_plain(left_[size])) ++size;
    if (size == left_.size() || left_[size] != '"') return false;
    text = left_.substr(0, size);
    left_.remove_prefix(size + 1);
    return true;
  }
  bool take_number(std::uint32_t& number) {
    const char* const begin = left_.data();
    const auto [end, error] = std::from_chars(begin, begin + left_.size(), number);
    const auto digits = static_cast<std::size_t>(end - begin);
    if (error != std::errc{} || (digits > 1 && left_.front() == '0')) return false;
    left_.remove_prefix(digits);
    return true;
  }
  [[nodiscard]] bool is_over() const { return left_.empty(); }

 private:
  static bool is_plain(char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; }
  std::string_view left_;
};

/// What a document says, as texts.
struct Texts {
  std::string_view appointment, programme, person, site, slot, product, starts_at, state;
  std::string_view zone, cancelled_by, slot_state, rebook_until, as_of;
  std::uint32_t dose = 0;
  std::uint32_t version = 0;
};

bool read_texts(Plain& in, Texts& texts) {
  const bool has_first =
      in.take(R"({"appointment":")") && in.take_text(texts.appointment) &&
      in.take(R"(,"programme":")") && in.take_text(texts.programme) && in.take(R"(,"person":")") &&
      in.take_text(texts.person) && in.take(R"(,"site":")") && in.take_text(texts.site) &&
      in.take(R"(,"slot":")") && in.take_text(texts.slot) && in.take(R"(,"product":")") &&
      in.take_text(texts.product) && in.take(R"(,"dose":)") && in.take_number(texts.dose) &&
      in.take(R"(,"starts_at":")") && in.take_text(texts.starts_at) && in.take(R"(,"zone":")") &&
      in.take_text(texts.zone) && in.take(R"(,"state":")") && in.take_text(texts.state);
  if (!has_first) return false;
  if (in.take(R"(,"cancelled_by":")") && !in.take_text(texts.cancelled_by)) return false;
  if (in.take(R"(,"slot_state":")") && !in.take_text(texts.slot_state)) return false;
  if (in.take(R"(,"rebook_until":")") && !in.take_text(texts.rebook_until)) return false;
  return in.take(R"(,"version":)") && in.take_number(texts.version) && in.take(R"(,"as_of":")") &&
         in.take_text(texts.as_of) && in.take("}") && in.is_over();
}

std::uint64_t says_all_of(const Texts& texts, const Document& document) {
  Appointment one;
  one.appointment = AppointmentId{texts.appointment};
  one.programme = ProgrammeId{texts.programme};
  one.person = PersonId{texts.person};
  one.site = SiteId{texts.site};
  one.slot = SlotId{texts.slot};
  one.product = ProductId{texts.product};
  one.dose = static_cast<std::uint8_t>(texts.dose);
  one.starts_at = document.starts_at;
  one.zone = texts.zone;
  one.state = document.state;
  one.cancelled_by = document.cancelled_by;
  one.slot_withdrawn = texts.slot_state == "withdrawn";
  one.rebook_until = document.rebook_until;
  one.version = texts.version;
  return jari::audit::says_of(one);
}

Document document_of(Names& names, const Texts& texts) {
  Document document;
  document.appointment = made_appointment(texts.appointment);
  document.programme = names.intern(texts.programme);
  document.person = names.intern(texts.person);
  document.site = names.intern(texts.site);
  document.slot = names.intern(texts.slot);
  document.product = names.intern(texts.product);
  document.state = enum_of(texts.state, kStates);
  document.cancelled_by = enum_of(texts.cancelled_by, kBy);
  document.starts_at = parse_instant(texts.starts_at).value_or(Instant{});
  document.rebook_until = parse_instant(texts.rebook_until).value_or(Instant{});
  document.version = texts.version;
  document.says = says_all_of(texts, document);
  return document;
}

std::string_view text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->text().value_or(std::string_view{}) : std::string_view{};
}

}  // namespace

std::optional<Document> read_document(Names& names, std::string_view text) {
  Plain plain(text);
  Texts texts;
  return read_texts(plain, texts) ? document_of(names, texts) : read_any_document(names, text);
}

std::optional<Document> read_any_document(Names& names, std::string_view text) {
  const auto json = http::parse_json(text);
  if (!json || !json->root().is_object()) return std::nullopt;
  const auto root = json->root();
  Texts texts;
  texts.appointment = text_in(root, "appointment");
  texts.programme = text_in(root, "programme");
  texts.person = text_in(root, "person");
  texts.site = text_in(root, "site");
  texts.slot = text_in(root, "slot");
  texts.product = text_in(root, "product");
  texts.zone = text_in(root, "zone");
  texts.state = text_in(root, "state");
  texts.cancelled_by = text_in(root, "cancelled_by");
  texts.starts_at = text_in(root, "starts_at");
  texts.slot_state = text_in(root, "slot_state");
  texts.rebook_until = text_in(root, "rebook_until");
  if (const auto dose = root.member("dose")) {
    texts.dose = static_cast<std::uint32_t>(dose->integer().value_or(0));
  }
  if (const auto version = root.member("version")) {
    texts.version = static_cast<std::uint32_t>(version->integer().value_or(0));
  }
  return document_of(names, texts);
}

}  // namespace jari::audit
