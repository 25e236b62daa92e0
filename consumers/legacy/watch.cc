#include "consumers/legacy/watch.h"

#include "engine/http/json_writer.h"

namespace jari::legacy {
namespace {

constexpr std::size_t kReasonMost = 200;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                          (byte >= '0' && byte <= '9') || c == '-' || c == '_' || c == '.';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 0xf]};
    }
  }
  return encoded;
}

}  // namespace

Call call_of(const Change& change) {
  Call call;
  call.key = "legacy-" + std::to_string(change.id) + "-" + change.noted_at;
  call.reason = ("old database: " + change.what + " by " + change.by).substr(0, kReasonMost);
  if (change.what == "cancelled") {
    call.is_delete = true;
    call.target = "/v1/operator/appointments/" + percent_encoded(change.row_key);
    return call;
  }
  call.target = "/v1/operator/appointments";
  http::JsonWriter json(call.body);
  json.begin_object().field("person", change.person).field("programme", change.programme);
  json.field("site", change.site).field("slot", change.slot).field("product", change.product);
  json.field("reason", call.reason).end_object();
  return call;
}

Verdict judge(int status, std::string_view code) {
  if (status == 200 || status == 201 || status == 204) return Verdict::Done;
  // Not decided, too fast, not able to.
  if (status < 400 || status == 429 || status >= 500) return Verdict::Later;
  // Another token, or another service: not let in, no such path, a node that takes no changes.
  const bool is_no = !code.empty() && status != 401 && code != "scope-required" &&
                     code != "not-found" && code != "method-not-allowed";
  return is_no ? Verdict::Conflict : Verdict::Later;
}

}  // namespace jari::legacy
