#include "ops/jari/admission_hold.h"

#include <algorithm>
#include <vector>

#include "consumers/model/ids.h"

namespace jari::ops {
namespace {

constexpr std::string_view kDisk = "free disk space";
constexpr std::string_view kOverload = "overload";
constexpr std::string_view kBlocked = "a sink takes no rows";
constexpr std::string_view kLag = "the old database is behind";

/// As AdmissionHeld names it: `WHY (NODE, TIME)`, several with `; ` between them.
struct Holder {
  std::string why;
  std::string node;
  Instant said;
};
constexpr std::string_view kBetween = "; ";
constexpr std::string_view kBeforeNode = " (";
constexpr std::string_view kBeforeTime = ", ";

std::optional<Holder> holder_of(std::string_view text) {
  const std::size_t node = text.rfind(kBeforeNode);
  const std::size_t time = text.rfind(kBeforeTime);
  const bool has_form = node != text.npos && time != text.npos && time > node && text.back() == ')';
  if (!has_form) return std::nullopt;
  const std::size_t node_at = node + kBeforeNode.size();
  const std::size_t time_at = time + kBeforeTime.size();
  if (time < node_at) return std::nullopt;
  const auto said = parse_instant(text.substr(time_at, text.size() - time_at - 1));
  if (!said) return std::nullopt;
  return Holder{std::string(text.substr(0, node)),
                std::string(text.substr(node_at, time - node_at)), *said};
}

/// Who is not named is left out.
std::vector<Holder> holders_in(std::string_view text) {
  std::vector<Holder> holders;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kBetween), text.size());
    if (auto holder = holder_of(text.substr(0, end))) holders.push_back(std::move(*holder));
    text.remove_prefix(std::min(end + kBetween.size(), text.size()));
  }
  return holders;
}

std::string to_text(const std::vector<Holder>& holders) {
  std::string text;
  for (const Holder& one : holders) {
    if (!text.empty()) text += kBetween;
    text.append(one.why).append(kBeforeNode).append(one.node).append(kBeforeTime);
    text.append(to_text(one.said)).append(")");
  }
  return text;
}

/// What may be any text, so that it is found again among others.
std::string as_id(std::string_view name) {
  std::string id(name);
  for (char& one : id) {
    if (!is_id({&one, 1})) one = '_';
  }
  return id;
}

}  // namespace

AdmissionHold::AdmissionHold(std::string_view node, const Bounds& bounds, std::string_view said)
    : node_(as_id(node)), bounds_(bounds) {
  for (const Holder& one : holders_in(said)) {
    if (one.node == node_) held_ = one.why;
  }
}

std::optional<std::string_view> AdmissionHold::look(const Look& now) {
  const std::string_view reason = why(now);
  if (reason == held_) return std::nullopt;
  held_ = reason;
  return reason;
}

std::string_view AdmissionHold::why(const Look& now) {
  const bool is_overload = now.load_percent >= kOverloadPercent;
  overloads_ = is_overload ? std::min(overloads_ + 1, kOverloadLooks) : 0;
  unblocked_ = now.is_blocked ? 0 : std::min(unblocked_ + 1, kUnblockedLooks);
  if (now.free_mb < bounds_.free_mb_min) return kDisk;
  if (now.is_blocked || (held_ == kBlocked && unblocked_ < kUnblockedLooks)) return kBlocked;
  const bool goes_on = held_ == kOverload && now.load_percent >= kOverloadOverPercent;
  if (goes_on || overloads_ == kOverloadLooks) return kOverload;
  // Half of the bound lets go again.
  const std::int64_t bound = held_ == kLag ? bounds_.lag_max / 2 : bounds_.lag_max;
  return bounds_.lag_max > 0 && now.lag_seconds > bound ? kLag : std::string_view{};
}

std::optional<std::string> AdmissionHold::next(std::string_view said, Instant now) const {
  std::vector<Holder> holders = holders_in(said);
  bool is_named = false;
  std::erase_if(holders, [&](const Holder& one) {
    const milliseconds silence = now - one.said;
    if (one.node != node_) return silence > kHoldSilence;
    const bool stands = one.why == held_ && silence < kHoldRenewal;
    is_named = is_named || stands;
    return !stands || held_.empty();
  });
  if (!held_.empty() && !is_named) holders.push_back({held_, node_, now});
  std::string text = to_text(holders);
  if (text == said) return std::nullopt;
  return text;
}

}  // namespace jari::ops
