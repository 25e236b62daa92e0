#include "engine/log/simulated/simulated_cluster.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/check.h"

namespace jari {

SimulatedCluster::SimulatedCluster(LogIdentity identity, const ClusterOptions& options)
    : identity_(std::move(identity)), faults_(options.faults), random_(options.seed) {
  begin();
}

void SimulatedCluster::begin() {
  for (const auto& where : identity_.partitions()) {
    kept_[where].records.assign(1, genesis_record(identity_));
    kept_[where].begin = 0;
    ++kept_[where].generation;
  }
}

bool SimulatedCluster::falls(std::uint32_t in_a_thousand) {
  return random_() % 1'000 < in_a_thousand;
}

/// The oldest of one process for one partition; whose, is drawn.
std::optional<std::size_t> SimulatedCluster::draw_way() {
  std::set<std::pair<ClientNo, PartitionRef>> seen;
  std::vector<std::size_t> oldest;
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    const auto cut_off = is_cut_off_.find(ways_[i].client);
    if (cut_off != is_cut_off_.end() && cut_off->second) continue;
    if (seen.emplace(ways_[i].client, ways_[i].section.where).second) oldest.push_back(i);
  }
  if (oldest.empty()) return std::nullopt;
  return oldest[random_() % oldest.size()];
}

bool SimulatedCluster::step() {
  const auto drawn = draw_way();
  if (!drawn) return false;
  Way way = std::move(ways_[*drawn]);
  ways_.erase(ways_.begin() + static_cast<std::ptrdiff_t>(*drawn));
  if (falls(faults_.later)) {
    ways_.push_back(std::move(way));
    return true;
  }
  if (falls(faults_.lost)) {
    answer(*way.answer, false);
    return true;
  }
  write(way.section);
  if (falls(faults_.doubled)) write(way.section);
  answer(*way.answer, !falls(faults_.unanswered));
  return true;
}

void SimulatedCluster::settle() {
  while (step()) {
  }
}

void SimulatedCluster::write(const LogSection& section) {
  auto& records = kept_.at(section.where).records;
  for (std::size_t i = 0; i < section.count(); ++i)
    records.emplace_back(text_of(section.record(i)));
}

void SimulatedCluster::answer(Answer& answer, bool is_good) {
  if (!is_good) {
    answer.failed = Error{ErrorCode::Unavailable, "no answer: it may stand in the log, or not"};
  }
  if (--answer.left > 0 || !answer.done) return;
  const Log::Done done = std::move(answer.done);
  done(answer.failed ? Result<void>{*answer.failed} : Result<void>{});
}

void SimulatedCluster::put(PartitionRef where, Bytes record) {
  kept_.at(where).records.emplace_back(text_of(record));
}

void SimulatedCluster::truncate(PartitionRef where, std::size_t records) {
  Kept& kept = kept_.at(where);
  for (; records > 0 && kept.end() > 1; --records) kept.records.pop_back();
  ++kept.generation;
}

void SimulatedCluster::empty(PartitionRef where) {
  Kept& kept = kept_[where];
  kept.records.clear();
  kept.begin = 0;
  ++kept.generation;
}

void SimulatedCluster::make_anew(LogIdentity identity) {
  CHECK(identity.topics == identity_.topics);
  identity_ = std::move(identity);
  begin();
}

SimulatedClient::SimulatedClient(SimulatedCluster& cluster)
    : cluster_(cluster), identity_(cluster.identity()), number_(++cluster.clients_) {
  cluster_.is_cut_off_[number_] = false;
  for (const auto& where : identity_.partitions()) {
    hear(where);
    hear(where);  // of this moment, however late it is told
  }
}

SimulatedClient::~SimulatedClient() {
  for (auto& way : cluster_.ways_) {
    if (way.client == number_) way.answer->done = nullptr;
  }
  cluster_.is_cut_off_.erase(number_);
}

void SimulatedClient::hear(PartitionRef where) {
  const auto& kept = cluster_.kept(where);
  LogEnds& ends = heard_[where];
  Offset end = std::exchange(asked_[where], kept.end());
  if (!cluster_.tells_late_) end = kept.end();
  if (ends.generation != kept.generation) handed_out_[where] = 0;
  end = std::max(end, handed_out_[where]);
  ends = {kept.begin, end, ends.heard + 1, kept.generation};
}

void SimulatedClient::append(LogBatch batch, Done done) {
  std::erase_if(batch.sections, [](const LogSection& section) { return section.ends.empty(); });
  if (batch.sections.empty()) return done({});
  const auto answer = std::make_shared<SimulatedCluster::Answer>();
  answer->done = std::move(done);
  answer->left = batch.sections.size();
  for (auto& section : batch.sections) {
    CHECK(section.base_offset == kAnyOffset);
    cluster_.ways_.push_back({number_, std::move(section), answer});
  }
}

void SimulatedClient::flush() {
  const auto is_ours = [this](const SimulatedCluster::Way& way) { return way.client == number_; };
  while (std::any_of(cluster_.ways_.begin(), cluster_.ways_.end(), is_ours) && cluster_.step()) {
  }
}

Result<void> SimulatedClient::read(std::span<const LogPlace> from, const Visit& visit) {
  if (cluster_.is_cut_off_.at(number_)) {
    return Error{ErrorCode::Unavailable, "the cluster does not answer"};
  }
  for (const auto& place : from) {
    if (meanwhile_) meanwhile_(place.where);
    hear(place.where);
  }
  for (const auto& place : from) {
    const auto& kept = cluster_.kept(place.where);
    if (place.next_offset < kept.begin) {
      return Error{ErrorCode::LogGap, "offset " + std::to_string(place.next_offset) +
                                          " is no longer kept: the log begins at " +
                                          std::to_string(kept.begin)};
    }
    const Offset end = kept.end();
    for (Offset at = place.next_offset; at < end; ++at) {
      if (reads_to_failure_ && (*reads_to_failure_)-- == 0) {
        reads_to_failure_.reset();
        has_read_failed_ = true;
        return Error{ErrorCode::Io, "a simulated read failed"};
      }
      handed_out_[place.where] = std::max(handed_out_[place.where], at + 1);
      heard_[place.where].end = std::max(heard_[place.where].end, at + 1);
      if (!visit({place.where, at, bytes_of(kept.records[at])})) return {};
    }
  }
  return {};
}

}  // namespace jari
