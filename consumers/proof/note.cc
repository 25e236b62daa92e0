#include "consumers/proof/note.h"

#include <algorithm>
#include <optional>

#include <absl/strings/escaping.h>

#include "consumers/proof/ed25519.h"
#include "engine/http/utf8.h"

namespace jari::proof {
namespace {

constexpr std::string_view kDash = "\u2014 ";
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kSignaturesMax = 100;
constexpr char kEd25519 = 1;  // the signature's type

Error no_note(std::string_view why) {
  return {ErrorCode::BadBytes, "it is no signed note: " + std::string(why)};
}

std::string key_id(std::string_view name, Bytes key) {
  std::string all(name);
  all += '\n';
  all += kEd25519;
  all += text_of(key);
  const Sha256 hash = sha256(bytes_of(all));
  return std::string(text_of(hash).substr(0, kKeyIdBytes));
}

bool is_note_text(std::string_view text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n';
  });
  if (text.empty() || text.back() != '\n' || has_control) return false;
  while (!text.empty()) {
    const std::size_t length = http::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<SignedNote::Signature> parse_signature(std::string_view line) {
  if (line.substr(0, kDash.size()) != kDash) return std::nullopt;
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyIdBytes) return std::nullopt;
  return SignedNote::Signature{std::string(line.substr(0, space)), bytes->substr(0, kKeyIdBytes),
                               bytes->substr(kKeyIdBytes)};
}

/// `NAME+ID+BASE64`, as whole as it can be told.
std::optional<PublicKey> parse_verifier_line(std::string_view line) {
  const auto first = line.find('+');
  const auto second = first == std::string_view::npos ? first : line.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto bytes = from_base64(line.substr(second + 1));
  if (!bytes || bytes->size() != kPublicKeyBytes + 1 || (*bytes)[0] != kEd25519) {
    return std::nullopt;
  }
  PublicKey key;
  key.name = line.substr(0, first);
  std::copy_n(bytes_of(*bytes).begin() + 1, kPublicKeyBytes, key.bytes.begin());
  const auto id = from_hex(line.substr(first + 1, second - first - 1));
  if (!is_key_name(key.name) || id != key_id(key.name, key.bytes)) return std::nullopt;
  return key;
}

}  // namespace

bool is_key_name(std::string_view name) {
  const bool is_spoilt = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '+';
  });
  return !name.empty() && name.size() <= 255 && !is_spoilt;
}

std::string to_base64(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  return absl::Base64Escape({text.data(), text.size()});
}

// What was not written by to_base64() is none: its digits are compared, not only understood.
std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  if (!absl::Base64Unescape({text.data(), text.size()}, &out)) return std::nullopt;
  if (to_base64(bytes_of(out)) != text) return std::nullopt;
  return out;
}

Result<SignedNote> parse_note(std::string_view note) {
  if (note.size() > kNoteBytesMax) return no_note("it is larger than 4 MiB");
  if (!is_note_text(note)) return no_note("it is not lines of plain text");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return no_note("no blank line ends its text");
  SignedNote signed_note;
  signed_note.text = note.substr(0, blank + 1);
  std::string_view rest = note.substr(blank + 2);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    auto signature = parse_signature(rest.substr(0, end));
    if (!signature || signed_note.signatures.size() == kSignaturesMax) {
      return no_note("a line below its text is no signature");
    }
    signed_note.signatures.push_back(std::move(*signature));
    rest.remove_prefix(end + 1);
  }
  if (signed_note.signatures.empty()) return no_note("nobody has signed it");
  return signed_note;
}

Result<PublicKey> parse_public_key(std::string_view text) {
  if (const auto bytes = ed25519::public_key_in(text)) return PublicKey{{}, *bytes};
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (auto key = parse_verifier_line(line)) return std::move(*key);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return Error{ErrorCode::BadBytes,
               "it is no Ed25519 public key, in PEM or as a line NAME+ID+BASE64"};
}

Signing signing_of(const SignedNote& note, const PublicKey& key) {
  for (const auto& signature : note.signatures) {
    if (!key.name.empty() && signature.name != key.name) continue;
    if (signature.key_id != key_id(signature.name, key.bytes)) continue;
    const bool is_good =
        ed25519::is_signed(key.bytes, bytes_of(note.text), bytes_of(signature.bytes));
    return is_good ? Signing::Good : Signing::Wrong;
  }
  return Signing::Absent;
}

std::string verifier_line(const PublicKey& key) {
  std::string bytes(1, kEd25519);
  bytes += text_of(key.bytes);
  return key.name + "+" + to_hex(bytes_of(key_id(key.name, key.bytes))) + "+" +
         to_base64(bytes_of(bytes));
}

struct NoteKey::Parts {
  ed25519::PrivateKey key;
  std::string name;
};

NoteKey::NoteKey(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
NoteKey::~NoteKey() = default;
NoteKey::NoteKey(NoteKey&& other) noexcept = default;

std::string NoteKey::draw_pem() {
  return ed25519::draw_pem();
}

Result<NoteKey> NoteKey::from_pem(std::string_view pem, std::string name) {
  auto key = ed25519::private_key_in(pem);
  if (!key) return Error{ErrorCode::BadBytes, "it is no Ed25519 private key in PEM"};
  return NoteKey(std::make_unique<Parts>(Parts{std::move(*key), std::move(name)}));
}

std::string NoteKey::sign(std::string_view text) const {
  CHECK(is_note_text(text));
  const PublicKey key = public_key();
  std::string bytes = key_id(key.name, key.bytes);
  bytes += text_of(ed25519::sign(parts_->key, bytes_of(text)));
  std::string note(text);
  note += '\n';
  note += kDash;
  note += key.name + " " + to_base64(bytes_of(bytes)) + "\n";
  return note;
}

PublicKey NoteKey::public_key() const {
  return {parts_->name, ed25519::public_half(parts_->key)};
}

std::string NoteKey::public_pem() const {
  return ed25519::public_pem(parts_->key);
}

}  // namespace jari::proof
