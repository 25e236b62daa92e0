#include <iterator>
#include <utility>

#include "engine/http/keys.h"

namespace jari::http {
namespace {

Error unusable(const std::string& file, const Error& why) {
  return {why.code, "cannot use the key file " + file + ": " + why.detail};
}

Result<std::shared_ptr<const KeySet>> read_all(const KeyFiles& files) {
  auto set = std::make_shared<KeySet>();
  if (!files.hs256_file.empty()) {
    const auto line = read_key_file(files.hs256_file);
    if (!line) return line.error();
    auto key = parse_secret(*line);
    if (!key) return unusable(files.hs256_file, key.error());
    set->keys.push_back(std::move(*key));
  }
  if (!files.jwks_file.empty()) {
    const auto json = read_key_file(files.jwks_file);
    if (!json) return json.error();
    auto keys = parse_jwks(*json);
    if (!keys) return unusable(files.jwks_file, keys.error());
    std::move(keys->begin(), keys->end(), std::back_inserter(set->keys));
  }
  return std::shared_ptr<const KeySet>{std::move(set)};
}

}  // namespace

Keys::Keys(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Keys::~Keys() = default;

Result<std::unique_ptr<Keys>> Keys::open(KeyFiles files) {
  auto parts = std::make_unique<Parts>();
  parts->hs256_seen = stamp_of(files.hs256_file);
  parts->jwks_seen = stamp_of(files.jwks_file);
  auto set = read_all(files);
  if (!set) return set.error();
  parts->files = std::move(files);
  if ((*set)->keys.empty()) {
    const Error why{ErrorCode::BadArgument, "no token could be verified with it, it holds no key"};
    if (!parts->files.jwks_file.empty()) return unusable(parts->files.jwks_file, why);
    return Error{ErrorCode::BadArgument, "no key file is named: tokens could not be verified"};
  }
  parts->set = std::move(*set);
  parts->generation = 1;
  return std::unique_ptr<Keys>{new Keys{std::move(parts)}};
}

Result<bool> Keys::reload_if_changed() {
  const FileStamp hs256 = stamp_of(parts_->files.hs256_file);
  const FileStamp jwks = stamp_of(parts_->files.jwks_file);
  if (hs256 == parts_->hs256_seen && jwks == parts_->jwks_seen) return false;
  parts_->hs256_seen = hs256;
  parts_->jwks_seen = jwks;
  auto set = read_all(parts_->files);
  if (!set) return set.error();
  const std::lock_guard lock{parts_->mutex};
  parts_->set = std::move(*set);
  parts_->generation.fetch_add(1, std::memory_order_release);
  return true;
}

}  // namespace jari::http
