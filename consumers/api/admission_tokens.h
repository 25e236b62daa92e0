// consumers/api/admission_tokens.h — AdmissionTokens: what an admitted person shows to other
// gateways.
//
// A JWT that says who was admitted where and until when. The engine never reads one: it believes
// its log.
//
// Units:   `exp` in seconds, as RFC 7519 has it.
// Errors:  none.
// Threads: any.
#pragma once

#include <mutex>
#include <string>

#include <absl/container/flat_hash_map.h>

#include "engine/base/time.h"
#include "engine/http/token.h"

namespace jari::api {

inline constexpr std::size_t kAdmissionTokensMax = 65'536;

struct Admission {
  std::string_view queue;
  std::string_view person;
  std::uint64_t ticket = 0;
  Instant until;
};

class AdmissionTokens {
 public:
  /// `signer` may be null: there are no tokens then.
  explicit AdmissionTokens(const http::TokenSigner* signer) : signer_(signer) {}

  /// The same text for the same admission, while it is remembered; empty without a signer.
  [[nodiscard]] std::string of(const Admission& admission);
  [[nodiscard]] std::string jwks() const;

 private:
  const http::TokenSigner* signer_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::string> known_;  // by payload
};

}  // namespace jari::api
