// engine/log/simulated/simulated_cluster.h — a log of many writers in memory, which writes nothing
// until it is told to, and then what a cluster does on a bad day.
//
// SimulatedCluster is what stands; a SimulatedClient is the Log that one process has of it. What a
// process appended is on its way until a step; it may land after the process is frozen or dead.
//
// Units:   a step decides one section that is on its way. Faults are drawn from the seed, in 1,000.
// Errors:  Unavailable of appends that were lost, or whose answer was, and while it is cut off;
//          LogGap before what is kept.
// Threads: one for everything; Done is called within step(), settle(), flush() and nowhere else.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "engine/log/log.h"

namespace jari {

/// What befalls a section, each in 1,000.
struct ClusterFaults {
  std::uint32_t lost = 0;        // not written, answered with an error
  std::uint32_t unanswered = 0;  // written, answered with an error
  std::uint32_t doubled = 0;     // written twice: a retry whose first try had arrived
  std::uint32_t later = 0;       // put behind what the process appends after it
};

struct ClusterOptions {
  std::uint64_t seed = 1;
  ClusterFaults faults;
};

class SimulatedClient;

class SimulatedCluster {
 public:
  explicit SimulatedCluster(LogIdentity identity, const ClusterOptions& options = {});

  /// One section that is on its way is written, or meets a fault. False: none is on its way.
  bool step();
  void settle();
  void set_faults(const ClusterFaults& faults) { faults_ = faults; }
  /// From now on each end that is told of is that of when one was told of last.
  void tell_late() { tells_late_ = true; }
  [[nodiscard]] std::size_t on_its_way() const { return ways_.size(); }
  [[nodiscard]] const LogIdentity& identity() const { return identity_; }
  [[nodiscard]] Offset end(PartitionRef where) const { return kept(where).end(); }

  /// Somebody who is no process of ours appends.
  void put(PartitionRef where, Bytes record);
  /// The last records are gone, answered or not, but never the first; another leader says so.
  void truncate(PartitionRef where, std::size_t records);
  /// Records before the offset are no longer kept.
  void drop_before(PartitionRef where, Offset begin) { kept_[where].begin = begin; }
  /// The partition is made anew, and nothing stands in it.
  void empty(PartitionRef where);
  /// The topics are made anew, of the same partitions and under another incarnation.
  void make_anew(LogIdentity identity);
  /// Another broker leads the partition.
  void lead_anew(PartitionRef where) { ++kept_[where].generation; }

 private:
  friend class SimulatedClient;
  using ClientNo = std::uint64_t;
  struct Answer {  // shared by the sections of one batch that are on their way
    Log::Done done;
    std::size_t left = 0;
    std::optional<Error> failed;
  };
  struct Way {
    ClientNo client = 0;
    LogSection section;
    std::shared_ptr<Answer> answer;
  };
  struct Kept {
    std::deque<std::string> records;  // from offset 0
    Offset begin = 0;
    std::uint64_t generation = 0;
    [[nodiscard]] Offset end() const { return records.size(); }
  };

  [[nodiscard]] const Kept& kept(PartitionRef where) const { return kept_.at(where); }
  [[nodiscard]] bool falls(std::uint32_t in_a_thousand);
  [[nodiscard]] std::optional<std::size_t> draw_way();
  void write(const LogSection& section);
  static void answer(Answer& answer, bool is_good);
  void begin();

  LogIdentity identity_;
  ClusterFaults faults_;
  bool tells_late_ = false;
  std::mt19937_64 random_;
  std::map<PartitionRef, Kept> kept_;
  std::deque<Way> ways_;
  std::map<ClientNo, bool> is_cut_off_;  // of the clients that live
  ClientNo clients_ = 0;
};

class SimulatedClient final : public Log {
 public:
  explicit SimulatedClient(SimulatedCluster& cluster);
  /// What it appended stays on its way; nobody is told.
  ~SimulatedClient() override;
  SimulatedClient(const SimulatedClient&) = delete;
  SimulatedClient& operator=(const SimulatedClient&) = delete;

  [[nodiscard]] const LogIdentity& identity() const override { return identity_; }
  [[nodiscard]] LogWriters writers() const override { return LogWriters::Many; }
  void append(LogBatch batch, Done done) override;
  void flush() override;
  [[nodiscard]] Offset end(PartitionRef where) const override { return heard_.at(where).end; }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override { return heard_.at(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override;

  /// No network between it and the cluster: it reads nothing new, and what it sends waits.
  void cut_off(bool is_cut_off) { cluster_.is_cut_off_[number_] = is_cut_off; }
  /// What happens just before this process looks into a partition.
  void meanwhile(std::function<void(PartitionRef)> happens) { meanwhile_ = std::move(happens); }
  /// The read that comes to so many records from now on ends there with Io: the process dies.
  void fail_read_after(std::uint64_t records) { reads_to_failure_ = records; }
  /// Whether a read has failed so; forgets the fault, met or not.
  bool take_read_fault() {
    reads_to_failure_.reset();
    return std::exchange(has_read_failed_, false);
  }

 private:
  void hear(PartitionRef where);

  SimulatedCluster& cluster_;
  LogIdentity identity_;  // as it was when the process began
  SimulatedCluster::ClientNo number_;
  std::map<PartitionRef, LogEnds> heard_;
  std::map<PartitionRef, Offset> asked_;       // the end of when it was told of one last
  std::map<PartitionRef, Offset> handed_out_;  // under the generation that was told of last
  std::function<void(PartitionRef)> meanwhile_;
  std::optional<std::uint64_t> reads_to_failure_;
  bool has_read_failed_ = false;
};

}  // namespace jari
