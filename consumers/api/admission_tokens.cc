#include "consumers/api/admission_tokens.h"

#include "engine/http/json_writer.h"

namespace jari::api {

std::string AdmissionTokens::of(const Admission& admission) {
  if (signer_ == nullptr) return {};
  std::string payload;
  http::JsonWriter json(payload);
  json.begin_object().field("iss", "jari").field("aud", "jari-admission");
  json.field("sub", admission.person).field("queue", admission.queue);
  json.field("ticket", admission.ticket).field("exp", admission.until.ms / 1000).end_object();
  {
    const std::scoped_lock lock(mutex_);
    if (const auto at = known_.find(payload); at != known_.end()) return at->second;
  }
  std::string token = signer_->sign(payload);
  const std::scoped_lock lock(mutex_);
  if (known_.size() >= kAdmissionTokensMax) known_.clear();
  known_.emplace(std::move(payload), token);
  return token;
}

std::string AdmissionTokens::jwks() const {
  return signer_ == nullptr ? R"({"keys":[]})" : signer_->jwks();
}

}  // namespace jari::api
