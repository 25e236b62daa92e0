#include "consumers/api/asking.h"

#include <algorithm>
#include <charconv>

#include "engine/base/printable.h"
#include "engine/http/problem.h"

namespace jari::api {
namespace {

constexpr std::int64_t kWaitSecondsMax = 30;
constexpr std::size_t kReasonHeaderCharsMax = 2400;
constexpr std::uint32_t kNoVersion = 0xffffffff;  // a version that nothing ever has

Fault header_fault(std::string_view name, std::string_view must) {
  return {Code::InvalidRequest, std::string(name),
          "The header " + std::string(name) + " " + std::string(must) + "."};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The names between braces of a pattern, in their order.
std::vector<std::string_view> names_of(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
       at = pattern.find('{', at + 1)) {
    names.push_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  }
  return names;
}

std::optional<Fault> read_key(const http::RequestHead& head, const Route& route, Call& call) {
  constexpr std::string_view kName = "Idempotency-Key";
  if (!is_change(route)) return std::nullopt;
  const auto key = head.header("idempotency-key");
  if (!key) {
    if (route.key == KeyRule::Required) return Fault{Code::IdempotencyKeyRequired};
    call.key = http::draw_request_id();
    call.is_key_drawn = true;
    return std::nullopt;
  }
  if (!is_id(*key) || head.header_count("idempotency-key") > 1) {
    return header_fault(kName, "must be given once, 1 to 64 of A-Z a-z 0-9 . _ : -");
  }
  call.key = *key;
  return std::nullopt;
}

/// Takes the next preference of a header off `rest`: a comma within quotes ends none.
std::string_view next_preference(std::string_view& rest) {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (is_quoted || rest[end] != ','); ++end) {
    is_quoted ^= rest[end] == '"';
  }
  const std::string_view preference = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(preference.substr(0, preference.find(';')));  // parameters mean nothing here
}

/// What a preference is set to, without the quotes it may have.
std::string_view value_of(std::string_view preference) {
  std::string_view value =
      trimmed(preference.substr(std::min(preference.find('='), preference.size() - 1) + 1));
  if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

/// RFC 7240: what is not known is left aside, and of what is said twice the first holds.
std::optional<Fault> read_prefer(const http::RequestHead& head, const Route& route, Call& call) {
  if (!is_change(route)) return std::nullopt;
  bool is_async = false;
  std::optional<std::int64_t> wait;
  for (const http::HeaderField& field : head.headers) {
    if (!is_same_word(field.name, "prefer")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::string_view one = next_preference(rest);
      const std::string_view name = trimmed(one.substr(0, one.find('=')));
      is_async |= is_same_word(name, "respond-async");
      if (!is_same_word(name, "wait") || wait) continue;
      wait = parse_number<std::int64_t>(value_of(one));
      if (!wait || *wait < 0 || *wait > kWaitSecondsMax) {
        return header_fault("Prefer", "must have N from 0 to 30 where it has wait=N");
      }
    }
  }
  if (wait) {
    call.patience = seconds{*wait};
  } else if (is_async) {
    call.patience = milliseconds{0};
  }
  return std::nullopt;
}

std::optional<Fault> read_reason(const http::RequestHead& head, const Route& route, Call& call) {
  if (!route.takes_reason) return std::nullopt;
  const auto given = head.header("jari-reason");
  const auto reason = given && given->size() <= kReasonHeaderCharsMax
                          ? http::percent_decode(*given)
                          : std::optional<std::string>{};
  if (!reason || !http::is_utf8(*reason) || !fits(*reason, kReasonLimits)) {
    return header_fault("Jari-Reason",
                        "must say why, in 1 to 200 characters, percent-encoded, none of them a "
                        "control character");
  }
  call.reason = *reason;
  return std::nullopt;
}

std::optional<Fault> read_if_match(const http::RequestHead& head, const Route& route, Call& call) {
  const auto match = head.header("if-match");
  if (!is_change(route) || !match) return std::nullopt;
  if (!route.takes_if_match) return header_fault("If-Match", "means nothing to this call");
  const bool is_quoted =
      match->size() > 2 && match->size() <= 12 && match->starts_with('"') && match->ends_with('"');
  const auto version = is_quoted ? parse_number<std::uint64_t>(match->substr(1, match->size() - 2))
                                 : std::optional<std::uint64_t>{};
  if (!version) return header_fault("If-Match", "must be a version between quotes, as ETag has it");
  const bool is_any = *version > 0 && *version < kNoVersion;
  call.if_match = is_any ? static_cast<std::uint32_t>(*version) : kNoVersion;
  return std::nullopt;
}

std::optional<Fault> read_position(const http::RequestHead& head, const LogIdentity& log,
                                   Call& call) {
  const auto text = head.header("jari-position");
  if (!text) return std::nullopt;
  if (text->size() <= kPositionTextMax) call.position = parse_places(log, *text);
  if (call.position) return std::nullopt;
  return header_fault("Jari-Position", "must be one that an answer of this log has brought");
}

bool has_wanted_scope(const http::Claims& claims, Access access) {
  const bool is_person = claims.has_scope("person");
  const bool is_operator = claims.has_scope("operator");
  switch (access) {
    case Access::Person:
      return is_person;
    case Access::Operator:
      return is_operator;
    case Access::Reader:
      return is_operator || claims.has_scope("reader");
    case Access::Anyone:
      return is_person || is_operator;
    case Access::Everybody:
      break;
  }
  return true;
}

/// Of a call without one: nothing, or an object without fields.
std::optional<Fault> check_no_body(std::string_view body) {
  if (body.empty()) return std::nullopt;
  const auto document = http::parse_json(body);
  if (!document) return Fault{Code::InvalidRequest, "body", "This call takes no body."};
  return Form(document->root()).fault();
}

Hash128 content_of(const http::RequestHead& head, const std::string& body, const Call& call) {
  std::string bytes;
  const std::string_view sent = head.header("jari-reason").value_or("");
  const std::string reason = http::percent_decode(sent).value_or(std::string(sent));
  bytes.reserve(head.path.size() + head.query.size() + body.size() + reason.size() + 24);
  for (const std::string_view part : {to_text(call.route->method), head.path, head.query,
                                      std::string_view{body}, std::string_view{reason}}) {
    canonical::append_scalar(bytes, static_cast<std::uint32_t>(part.size()));
    bytes.append(part);
  }
  return hash128(bytes_of(bytes));
}

}  // namespace

bool is_operator_name(std::string_view name) {
  return !name.empty() && name.size() <= kOperatorNameBytesMax && !has_control(name);
}

bool shows_token(const http::RequestHead& head, http::TokenVerifier& tokens, Instant now) {
  const auto header = head.header("authorization");
  return header && tokens.verify(http::bearer_token(*header), now).has_value();
}

std::optional<Fault> check_media_type(const http::RequestHead& head, const Route& route) {
  const auto type = head.header("content-type");
  if (!route.takes_body || !head.has_body || !type) return std::nullopt;
  if (is_same_word(trimmed(type->substr(0, type->find(';'))), http::kJson)) return std::nullopt;
  return Fault{Code::UnsupportedMediaType};
}

std::optional<Fault> read_caller(const http::RequestHead& head, const Route& route,
                                 http::TokenVerifier& tokens, Instant now, Caller& caller) {
  if (route.access == Access::Everybody) return std::nullopt;
  const auto header = head.header("authorization");
  if (!header) return Fault{Code::TokenRequired};
  if (head.header_count("authorization") > 1) {
    return header_fault("Authorization", "must be given once");
  }
  const std::string_view token = http::bearer_token(*header);
  if (token.empty()) return Fault{Code::TokenRequired};
  const auto claims = tokens.verify(token, now);
  if (!claims) return Fault{Code::TokenInvalid, {}, claims.error().detail};
  const http::Claims& who = **claims;
  const bool is_person =
      route.access == Access::Person || (route.access == Access::Anyone && who.has_scope("person"));
  caller.role = is_person ? Role::Person : Role::Operator;
  if (!has_wanted_scope(who, route.access)) return Fault{Code::ScopeRequired};
  if (is_person ? !is_id(who.subject) : !is_operator_name(who.subject)) {
    return Fault{Code::TokenInvalid,
                 {},
                 "`sub` must be 1 to 64 of A-Z a-z 0-9 . _ : - (of an operator: 1 to 256 bytes "
                 "without a control character)."};
  }
  if (!who.actor.empty() && !is_operator_name(who.actor)) {
    return Fault{
        Code::TokenInvalid, {}, "`act.sub` must be 1 to 256 bytes without a control character."};
  }
  caller.name = who.subject;
  caller.acting_for = who.actor;
  caller.is_limited = !is_person && who.is_limited_to_sites;
  if (caller.is_limited) caller.sites = who.sites;
  return std::nullopt;
}

std::optional<Fault> check_sites(const Route& route, const Call& call) {
  const Caller& caller = call.caller;
  if (!caller.is_limited || route.may_be_limited) return std::nullopt;
  if (route.is_of_a_site && caller.may_touch(call.captures[0])) return std::nullopt;
  return Fault{Code::ScopeRequired, {}, "The token is limited to other sites."};
}

std::optional<Fault> read_head(const http::RequestHead& head, const Route& route,
                               const LogIdentity& log, Call& call) {
  const auto names = names_of(route.pattern);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_id(call.captures[i])) continue;
    return Fault{Code::InvalidRequest, std::string(names[i]),
                 std::string(names[i]) + " must be 1 to 64 of A-Z a-z 0-9 . _ : -."};
  }
  if (auto fault = read_key(head, route, call)) return fault;
  if (auto fault = read_prefer(head, route, call)) return fault;
  if (auto fault = read_position(head, log, call)) return fault;
  if (auto fault = read_reason(head, route, call)) return fault;
  if (auto fault = read_if_match(head, route, call)) return fault;
  if (const auto match = head.header("if-none-match")) call.if_none_match = *match;
  return read_search(head.query, route, call.search);
}

std::optional<Fault> read_body(const http::RequestHead& head, std::string_view body,
                               const LogIdentity& log, Call& call) {
  const Route& route = *call.route;
  if (!route.takes_body) {
    if (auto fault = check_no_body(body)) return fault;
    call.content = content_of(head, {}, call);
    Asking asking{call, log, nullptr};
    return route.prepare(asking);
  }
  const auto document = http::parse_json(body.empty() && !route.needs_body ? "{}" : body);
  if (!document) return Fault{Code::InvalidJson, {}, document.error().detail};
  const http::JsonValue root = document->root();
  call.content = content_of(head, http::canonical(root), call);
  Asking asking{call, log, &root};
  return route.prepare(asking);
}

}  // namespace jari::api
