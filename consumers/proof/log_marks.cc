#include "consumers/proof/log_marks.h"

#include <algorithm>

namespace jari::proof {
namespace {

constexpr std::size_t kWaitsMax = 10'000;  // for one record
constexpr std::uint64_t kToldEvery = 64;

std::string place_text(const LogIdentity& identity, PartitionRef where) {
  return identity.topics[where.topic].name + " " + std::to_string(where.partition);
}

std::string records_text(Offset count) {
  return std::to_string(count) + (count == 1 ? " record" : " records");
}

Error does_not_come(const LogIdentity& identity, PartitionRef where, Offset next, Offset end) {
  return {ErrorCode::Unavailable,
          "offset " + std::to_string(next) + " of " + place_text(identity, where) +
              " does not come, and the log says that it ends at " + std::to_string(end) +
              "; see that nobody truncates it, then run it again"};
}

/// What is said of one partition by one checkpoint.
struct Said {
  const Checkpoint* checkpoint = nullptr;
  const PartitionMark* mark = nullptr;
  std::size_t number = 0;  // of the checkpoint
};

/// One partition, held against all that was said of it, the shortest first.
class Comparison {
 public:
  Comparison(const LogIdentity& identity, PartitionRef where, std::vector<Said> said)
      : identity_(identity), where_(where), said_(std::move(said)) {
    std::stable_sort(said_.begin(), said_.end(),
                     [](const Said& a, const Said& b) { return a.mark->size < b.mark->size; });
    for (const Said& one : said_) {
      if (one.mark->digest) digests_[one.mark->digest->tick].push_back(one);
    }
    compare_marks();
  }

  [[nodiscard]] Offset end() const { return said_.empty() ? 0 : said_.back().mark->size; }

  void take(const LogRecord& record) {
    tally_.take(record);
    if (const auto said = digests_.find(record.offset); said != digests_.end()) {
      for (const Said& one : said->second) compare_digest(one);
    }
    compare_marks();
  }

  /// The log has no more.
  void finish() {
    for (; next_ < said_.size(); ++next_) {
      add(tally_.size(), said_[next_],
          "the log ends here, and had " + records_text(said_[next_].mark->size));
    }
  }

  [[nodiscard]] std::vector<Difference>& found() { return found_; }

 private:
  void compare_marks() {
    for (; next_ < said_.size() && said_[next_].mark->size == tally_.size(); ++next_) {
      const PartitionMark now = tally_.mark(identity_, where_);
      const PartitionMark& then = *said_[next_].mark;
      if (now.chain == then.chain && now.root == then.root) {
        proved_ = then.size;
        continue;
      }
      const std::string what = now.root == then.root     ? "chain"
                               : now.chain == then.chain ? "root"
                                                         : "chain and root";
      const std::string where =
          proved_ == 0 ? "somewhere in the first "
                       : "somewhere behind the first " + std::to_string(proved_) + " of the first ";
      add(proved_, said_[next_],
          where + records_text(then.size) + " the log was altered: another " + what);
    }
  }

  void compare_digest(const Said& one) {
    const auto now = tally_.mark(identity_, where_).digest;
    if (now == one.mark->digest) return;
    add(one.mark->digest->tick, one,
        now && now->tick == one.mark->digest->tick ? "the tick here says another digest"
                                                   : "no tick here says a digest, and one did");
  }

  void add(Offset offset, const Said& one, const std::string& what) {
    found_.push_back({where_, offset,
                      what + " (checkpoint of " + to_text(one.checkpoint->time) + ")", one.number});
  }

  const LogIdentity& identity_;
  PartitionRef where_;
  std::vector<Said> said_;
  std::map<Offset, std::vector<Said>> digests_;  // by their tick
  std::size_t next_ = 0;                         // of said_, to be compared
  Offset proved_ = 0;                            // so many records are as they were
  PartitionTally tally_;
  std::vector<Difference> found_;
};

}  // namespace

void PartitionTally::take(const LogRecord& record) {
  chain_.step(record.bytes);
  root_.add(leaf_hash(record.bytes));
  look_at_time(record);
}

// As the engine does: ticks of anybody but the owner say nothing.
void PartitionTally::look_at_time(const LogRecord& record) {
  const auto envelope = envelope_of(record);
  if (!envelope) return;
  Claim claim;
  Tick tick;
  if (envelope->kind == RecordKind::Claim && flat::read_root(envelope->body, claim)) {
    if (claim.epoch != epoch_ + 1) return;
    epoch_ = claim.epoch;
    process_ = claim.process;
  } else if (envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick)) {
    if (tick.epoch != epoch_ || tick.process != process_) return;
    time_ = std::max(time_, tick.time);
    if (tick.digest != Hash128{}) digest_ = DigestMark{record.offset, tick.upto, tick.digest};
  }
}

PartitionMark PartitionTally::mark(const LogIdentity& identity, PartitionRef where) const {
  return {identity.topics[where.topic].name,
          where.partition,
          size(),
          chain_.value(),
          root_.root(),
          digest_};
}

Result<void> read_up_to(Log& log, const Ends& ends, const Wait& wait,
                        const std::function<void(const LogRecord&)>& visit) {
  Ends next;
  std::size_t waits = 0;
  for (;;) {
    std::vector<LogPlace> from;
    for (const auto& [where, end] : ends) {
      if (next[where] < end) from.push_back({where, next[where]});
    }
    if (from.empty()) return {};
    std::size_t open = from.size();
    bool is_more = false;
    const auto read = log.read(from, [&](const LogRecord& record) {
      Offset& at = next[record.where];
      if (record.offset != at || at == ends.at(record.where)) return true;
      visit(record);
      is_more = true;
      if (++at == ends.at(record.where)) --open;
      return open > 0;
    });
    if (!read) return read;
    waits = is_more ? 0 : waits + 1;
    if (waits > kWaitsMax) {
      const PartitionRef where = from.front().where;
      return does_not_come(log.identity(), where, next[where], ends.at(where));
    }
    if (!is_more) wait();
  }
}

Result<Checkpoint> make_checkpoint(Log& log, const Wait& wait) {
  const LogIdentity& identity = log.identity();
  std::map<PartitionRef, PartitionTally> tallies;
  Ends ends;
  for (const PartitionRef where : identity.partitions()) {
    tallies.try_emplace(where);
    ends[where] = log.end(where);
  }
  const auto read = read_up_to(
      log, ends, wait, [&](const LogRecord& record) { tallies.at(record.where).take(record); });
  if (!read) return read.error();
  Checkpoint checkpoint;
  checkpoint.log = identity.incarnation;
  checkpoint.time = identity.begins;
  for (const auto& [where, tally] : tallies) {
    checkpoint.time = std::max(checkpoint.time, tally.time());
    checkpoint.partitions.push_back(tally.mark(identity, where));
  }
  return checkpoint;
}

Result<Hash128> first_incarnation(Log& log, const Wait& wait) {
  std::optional<Hash128> first;
  const PartitionRef where = log.identity().partitions().front();
  const auto read = read_up_to(log, {{where, 1}}, wait, [&](const LogRecord& record) {
    if (const auto genesis = read_genesis(record.bytes)) first = genesis->incarnation;
  });
  if (!read) return read.error();
  if (first) return *first;
  return Error{ErrorCode::LogMismatch, "the log does not begin with a genesis record"};
}

Result<void> check_is_of(const Checkpoint& checkpoint, const LogIdentity& identity,
                         const Hash128& first) {
  if (checkpoint.log != identity.incarnation && checkpoint.log != identity.copy_of &&
      checkpoint.log != first) {
    return Error{ErrorCode::LogMismatch, "it is of log " + to_text(checkpoint.log) +
                                             ", and this is log " + to_text(identity.incarnation)};
  }
  const auto all = identity.partitions();
  const bool is_same = std::equal(
      all.begin(), all.end(), checkpoint.partitions.begin(), checkpoint.partitions.end(),
      [&](PartitionRef where, const PartitionMark& mark) {
        return identity.topics[where.topic].name == mark.topic && where.partition == mark.partition;
      });
  if (is_same) return {};
  return Error{ErrorCode::LogMismatch,
               "its partitions are not those of log " + to_text(identity.incarnation)};
}

Result<std::vector<Difference>> differences(Log& log, std::span<const Checkpoint> checkpoints,
                                            const Wait& wait, const Told& told) {
  const LogIdentity& identity = log.identity();
  std::map<PartitionRef, Comparison> comparisons;
  Ends ends;
  std::uint64_t all_records = 0;
  for (const PartitionRef where : identity.partitions()) {
    std::vector<Said> said;
    for (std::size_t number = 0; number < checkpoints.size(); ++number) {
      const Checkpoint& one = checkpoints[number];
      const auto* mark = one.find(identity.topics[where.topic].name, where.partition);
      if (mark != nullptr) said.push_back({&one, mark, number});
    }
    const auto at = comparisons.try_emplace(where, identity, where, std::move(said)).first;
    ends[where] = std::min(at->second.end(), log.end(where));
    all_records += ends[where];
  }
  std::uint64_t passed = 0;
  const auto read = read_up_to(log, ends, wait, [&](const LogRecord& record) {
    comparisons.at(record.where).take(record);
    if (++passed % kToldEvery == 0 && told) told(passed, all_records);
  });
  if (!read) return read.error();
  std::vector<Difference> all;
  for (auto& [where, comparison] : comparisons) {
    comparison.finish();
    std::move(comparison.found().begin(), comparison.found().end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace jari::proof
