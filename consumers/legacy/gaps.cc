#include "consumers/legacy/gaps.h"

#include <algorithm>
#include <utility>

#include "consumers/model/topics.h"

namespace jari::legacy {
namespace {

constexpr std::size_t kKnownMost = 64;  // of one stream: rows of earlier ones come no more

}  // namespace

std::string to_text(const Gap& gap, const LogIdentity& identity) {
  const auto& [partition, source] = gap.stream;
  const std::string which = gap.rows() == 1 ? "number " + std::to_string(gap.first)
                                            : "the numbers " + std::to_string(gap.first) + " to " +
                                                  std::to_string(gap.last);
  const std::string topic =
      source.topic < identity.topics.size() ? identity.topics[source.topic].name : "?";
  return "sync/" + std::to_string(partition) + " has none of " + topic + "/" +
         std::to_string(source.partition) + " with " + which + " before offset " +
         std::to_string(gap.before);
}

Gaps::Open& Gaps::open(const StreamName& stream, std::uint64_t seq, Offset offset) {
  Open& open = open_.try_emplace(stream, Open{offset, 0, 0, false, {}}).first->second;
  open.offset = std::min(open.offset, offset);
  open.highest = std::max(open.highest, seq);
  return open;
}

void Gaps::early(const StreamName& stream, std::uint64_t seq, Offset offset) {
  ++open(stream, seq, offset).rows;
}

void Gaps::forked(const StreamName& stream, std::uint64_t seq, Offset offset) {
  open(stream, seq, offset).is_fork = true;
}

void Gaps::taken(const StreamName& stream, std::uint64_t seq) {
  if (open_.empty()) return;
  const auto known = open_.find(stream);
  if (known == open_.end()) return;
  if (seq >= known->second.highest) {
    open_.erase(known);
  } else {
    known->second.since.reset();  // they come
  }
}

Offset Gaps::settled(PartitionNo partition, Offset next_offset) const {
  for (const auto& [stream, open] : open_) {
    if (stream.first == partition) next_offset = std::min(next_offset, open.offset);
  }
  return next_offset;
}

std::uint64_t Gaps::waiting() const {
  std::uint64_t rows = 0;
  for (const auto& [stream, open] : open_) rows += open.is_fork ? 0 : open.rows;
  return rows;
}

std::map<PartitionNo, Offset> Gaps::give_up(const std::map<PartitionNo, Place>& read,
                                            const Log& log, milliseconds now) {
  std::map<PartitionNo, Offset> again;
  for (auto one = open_.begin(); one != open_.end();) {
    auto& [stream, open] = *one;
    if (!open.since) open.since = now;
    const Offset next = read.at(stream.first).next_offset;
    const bool is_at_end = next >= log.end({kSyncTopic, stream.first});
    if (open.is_fork || !is_at_end || now - *open.since < kComesWithin) {
      ++one;
      continue;
    }
    given_up_[stream] = next;
    Offset& from = again.try_emplace(stream.first, open.offset).first->second;
    from = std::min(from, open.offset);
    one = open_.erase(one);
  }
  for (auto& [stream, open] : open_) {  // counted when they are read again
    const auto from = again.find(stream.first);
    if (from != again.end() && open.offset >= from->second) open.rows = 0;
  }
  return again;
}

void Gaps::wait_anew() {
  for (auto& [stream, open] : open_) open.since.reset();
}

bool Gaps::is_given_up(const StreamName& stream, Offset offset) const {
  const auto open = open_.find(stream);
  if (open != open_.end() && open->second.is_fork) return false;
  const auto known = given_up_.find(stream);
  return gives_all_up_ || (known != given_up_.end() && offset < known->second);
}

void Gaps::lose(const Gap& gap) {
  std::vector<Gap>& known = known_[gap.stream];
  const auto is_it = [&](const Gap& one) { return one.first == gap.first && one.last == gap.last; };
  if (std::any_of(known.begin(), known.end(), is_it)) return;  // read again
  if (known.size() == kKnownMost) known.erase(known.begin());
  known.push_back(gap);
  found_.push_back(gap);
  lost_ += gap.rows();
}

bool Gaps::comes_late(const StreamName& stream, std::uint64_t seq) {
  const auto known = known_.find(stream);
  const bool is_lost = known != known_.end() &&
                       std::any_of(known->second.begin(), known->second.end(), [&](const Gap& gap) {
                         return gap.first <= seq && seq <= gap.last;
                       });
  if (is_lost) late_.emplace(stream, seq);
  return is_lost;
}

std::vector<Gap> Gaps::take_found() {
  return std::exchange(found_, {});
}

}  // namespace jari::legacy
