#include "engine/http/token.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>
#include <utility>

#include <openssl/rand.h>

#include "engine/base/check.h"
#include "engine/http/base64url.h"
#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "engine/http/keys.h"

namespace jari::http {
namespace {

constexpr std::string_view kHs256Head = R"({"alg":"HS256","typ":"JWT"})";
constexpr double kMsASecond = 1000;

Error not_believed(std::string why) {
  return {ErrorCode::BadArgument, std::move(why)};
}

/// The three parts of a token, still encoded; `signed_text` is the first two with their dot.
struct TokenParts {
  std::string_view head;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;
};

std::optional<TokenParts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || last == first) return std::nullopt;
  TokenParts parts{token.substr(0, first), token.substr(first + 1, last - first - 1),
                   token.substr(last + 1), token.substr(0, last)};
  if (parts.payload.find('.') != std::string_view::npos) return std::nullopt;
  return parts;
}

Result<JsonDocument> read_part(std::string_view encoded, std::string_view name) {
  const auto decoded = base64url_decode(encoded);
  if (!decoded) return not_believed("the token's " + std::string{name} + " is not base64url");
  auto document = parse_json(*decoded);
  if (!document || !document->root().is_object()) {
    return not_believed("the token's " + std::string{name} + " is not a JSON object");
  }
  return document;
}

/// Seconds since 1970 (a NumericDate may have a fraction); what is too far off is cut to kNever.
Result<Instant> read_time(const JsonValue& value, std::string_view name) {
  const auto number = value.number();
  if (!number) return not_believed("the token's " + std::string{name} + " is not a number");
  if (!(*number >= 0)) return not_believed("the token's " + std::string{name} + " is negative");
  const double ms = *number * kMsASecond;
  if (ms >= static_cast<double>(kNever.ms)) return kNever;
  return Instant{static_cast<std::int64_t>(ms)};
}

bool is_for_us(const JsonValue& payload) {
  const auto audience = payload.member("aud");
  if (!audience) return false;
  if (audience->text() == kAudience) return true;
  for (const JsonValue one : audience->elements()) {
    if (one.text() == kAudience) return true;
  }
  return false;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space != 0) words.emplace_back(text.substr(0, space));
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return words;
}

Result<void> read_times(const JsonValue& payload, Claims& claims) {
  const auto expires = payload.member("exp");
  if (!expires) return not_believed("the token has no exp: it would never expire");
  const auto until = read_time(*expires, "exp");
  if (!until) return until.error();
  claims.expires_at = *until;
  if (const auto begins = payload.member("nbf"); begins) {
    const auto from = read_time(*begins, "nbf");
    if (!from) return from.error();
    claims.not_before = *from;
  }
  return {};
}

Result<void> read_sites(const JsonValue& payload, Claims& claims) {
  const auto sites = payload.member("sites");
  if (!sites) return {};
  if (!sites->is_array()) return not_believed("the token's sites is not an array of strings");
  claims.is_limited_to_sites = true;
  for (const JsonValue site : sites->elements()) {
    const auto text = site.text();
    if (!text) return not_believed("the token's sites is not an array of strings");
    claims.sites.emplace_back(*text);
  }
  return {};
}

Result<Claims> read_claims(const JsonValue& payload) {
  Claims claims;
  if (!is_for_us(payload)) return not_believed("the token's aud is not \"jari\"");
  if (const auto times = read_times(payload, claims); !times) return times.error();
  const auto subject = payload.member("sub");
  claims.subject = subject ? subject->text().value_or(std::string_view{}) : std::string_view{};
  if (claims.subject.empty()) return not_believed("the token has no sub: it names nobody");
  if (const auto scope = payload.member("scope"); scope) {
    if (!scope->text()) return not_believed("the token's scope is not a string");
    claims.scopes = words_of(*scope->text());
  }
  if (const auto sites = read_sites(payload, claims); !sites) return sites.error();
  if (const auto act = payload.member("act"); act) {
    const auto actor = act->member("sub");
    if (!actor || !actor->text() || actor->text()->empty()) {
      return not_believed("the token's act has no sub");
    }
    claims.actor = *actor->text();
  }
  return claims;
}

Result<void> check_times(const Claims& claims, Instant now) {
  if (now > claims.expires_at + kTokenLeeway) {
    return not_believed("the token expired at " + to_text(claims.expires_at));
  }
  if (now + kTokenLeeway < claims.not_before) {
    return not_believed("the token is not valid before " + to_text(claims.not_before));
  }
  return {};
}

struct HashOfHash {
  std::size_t operator()(const Sha256& hash) const {
    std::size_t first = 0;
    std::memcpy(&first, hash.data(), sizeof first);
    return first;
  }
};

/// Two halves: when the young one is full the old one goes, so nothing has to be sorted by age.
class Remembered {
 public:
  explicit Remembered(std::size_t tokens_max)
      : half_max_(std::max<std::size_t>(1, tokens_max / 2)) {}

  const Claims* find(const Sha256& token) {
    if (const auto found = young_.find(token); found != young_.end()) return &found->second;
    const auto found = old_.find(token);
    if (found == old_.end()) return nullptr;
    Claims claims = std::move(found->second);
    old_.erase(found);
    return keep(token, std::move(claims));
  }
  const Claims* keep(const Sha256& token, Claims claims) {
    if (young_.size() >= half_max_) {
      old_ = std::move(young_);
      young_.clear();
    }
    return &(young_[token] = std::move(claims));
  }
  void forget(const Sha256& token) {
    young_.erase(token);
    old_.erase(token);
  }
  void forget_all() {
    young_.clear();
    old_.clear();
  }

 private:
  using Half = std::unordered_map<Sha256, Claims, HashOfHash>;  // never iterated
  std::size_t half_max_;
  Half young_;
  Half old_;
};

}  // namespace

bool Claims::has_scope(std::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool Claims::may_touch(std::string_view site) const {
  return !is_limited_to_sites || std::find(sites.begin(), sites.end(), site) != sites.end();
}

struct TokenVerifier::Parts {
  Parts(Keys::Parts& keys_in, std::size_t remembered_max)
      : keys(keys_in), remembered(remembered_max) {}

  void refresh();
  Result<void> check_signature(const TokenParts& token);

  Keys::Parts& keys;
  std::uint64_t generation = 0;
  std::shared_ptr<const KeySet> set;  // the Keys and other verifiers are the other owners
  std::optional<Signatures> signatures;
  Remembered remembered;
};

/// Other keys: what was believed under the old ones must be proven again.
void TokenVerifier::Parts::refresh() {
  if (generation == keys.generation.load(std::memory_order_acquire)) return;
  const std::lock_guard lock{keys.mutex};
  set = keys.set;
  generation = keys.generation.load(std::memory_order_relaxed);
  signatures.emplace(*set);
  remembered.forget_all();
}

Result<void> TokenVerifier::Parts::check_signature(const TokenParts& token) {
  const auto head = read_part(token.head, "header");
  if (!head) return head.error();
  const auto named = head->root().member("alg");
  const auto algorithm = algorithm_named(named ? named->text().value_or("") : "");
  if (!algorithm) {
    return not_believed("the token's alg is not one of HS256, RS256, ES256, EdDSA");
  }
  if (head->root().member("crit")) return not_believed("the token's crit asks for what we lack");
  const auto signature = base64url_decode(token.signature);
  if (!signature) return not_believed("the token's signature is not base64url");
  const auto kid = head->root().member("kid");
  const std::string_view id = kid ? kid->text().value_or("") : "";
  const auto fits = [&](const VerifyKey& key) { return key.algorithm == *algorithm; };
  // A kid that is known names its key, and no other is tried; one that is not is only a hint.
  const auto has_id = [&](const VerifyKey& key) { return key.id == id; };
  const bool has_named = !id.empty() && std::any_of(set->keys.begin(), set->keys.end(), has_id);
  bool has_tried = false;
  for (std::size_t i = 0; i < set->keys.size(); ++i) {
    if (!fits(set->keys[i]) || (has_named && !has_id(set->keys[i]))) continue;
    if (signatures->is_good(i, token.signed_text, *signature)) return {};
    has_tried = true;
  }
  if (!has_tried && has_named) {
    return not_believed("the key that the token's kid names is not one for " +
                        std::string{to_text(*algorithm)});
  }
  if (!has_tried) {
    return not_believed("no key for " + std::string{to_text(*algorithm)} + " tokens is configured");
  }
  return not_believed("the token's signature does not fit any key");
}

TokenVerifier::TokenVerifier(const Keys& keys, std::size_t remembered_max)
    : parts_(std::make_unique<Parts>(*keys.parts_, remembered_max)) {}
TokenVerifier::~TokenVerifier() = default;

Result<const Claims*> TokenVerifier::verify(std::string_view token, Instant now) {
  if (token.size() > kTokenBytesMax) return not_believed("the token is longer than 8 KiB");
  parts_->refresh();
  const Sha256 hash = sha256(bytes_of(token));
  if (const Claims* const known = parts_->remembered.find(hash); known != nullptr) {
    const auto times = check_times(*known, now);
    if (times) return known;
    parts_->remembered.forget(hash);
    return times.error();
  }
  const auto split_up = split(token);
  if (!split_up) return not_believed("the token is not a JWT of three parts");
  if (const auto good = parts_->check_signature(*split_up); !good) return good.error();
  const auto payload = read_part(split_up->payload, "payload");
  if (!payload) return payload.error();
  auto claims = read_claims(payload->root());
  if (!claims) return claims.error();
  if (const auto times = check_times(*claims, now); !times) return times.error();
  return parts_->remembered.keep(hash, std::move(*claims));
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    if (lower != kScheme[i]) return {};
  }
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

Result<bool> make_hs256_file(const std::string& file) {
  std::array<std::byte, kSecretBytesMin> secret{};
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), secret.size()) == 1);
  return make_secret_file(file, base64url_encode(secret) + "\n");
}

Result<std::string> issue_hs256(const std::string& file, const Claims& claims, Instant now,
                                seconds ttl) {
  const auto line = read_key_file(file);
  if (!line) return line.error();
  const auto key = parse_secret(*line);
  if (!key) return Error{ErrorCode::BadBytes, "cannot use " + file + ": " + key.error().detail};
  std::string payload;
  JsonWriter json{payload};
  json.begin_object().field("aud", kAudience).field("sub", claims.subject);
  if (!claims.scopes.empty()) {
    std::string scope;
    for (const std::string& one : claims.scopes) scope += (scope.empty() ? "" : " ") + one;
    json.field("scope", scope);
  }
  if (claims.is_limited_to_sites) {
    json.key("sites").begin_array();
    for (const std::string& site : claims.sites) json.value(site);
    json.end_array();
  }
  if (!claims.actor.empty()) {
    json.key("act").begin_object().field("sub", claims.actor).end_object();
  }
  json.field("iat", now.ms / 1000).field("exp", now.ms / 1000 + ttl.count()).end_object();
  std::string token =
      base64url_encode(bytes_of(kHs256Head)) + "." + base64url_encode(bytes_of(payload));
  return token + "." + base64url_encode(mac_of(*make_mac(key->secret), token));
}

}  // namespace jari::http
