// engine/log/kafka/kafka_ends.h — where the partitions begin and end, who leads them, and when what
// was read before may be gone.
//
// A thread asks the leaders in rounds. What is published to the log's user is of a round that began
// after the one published before it, so that the next but one after any moment is of that moment.
// Private to engine/log/kafka/.
//
// Units:   milliseconds of a steady clock.
// Errors:  none: a leader that does not answer is asked again; is_silent() says so.
// Threads: its own asks; the others call what is public.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "engine/log/kafka/kafka_client.h"
#include "engine/log/log.h"

namespace jari {

class KafkaEnds {
 public:
  using Milliseconds = std::chrono::milliseconds;
  /// The asker has taken the topics; `partitions` of each.
  KafkaEnds(KafkaClient& asker, const std::vector<PartitionNo>& partitions);
  ~KafkaEnds();
  KafkaEnds(const KafkaEnds&) = delete;
  KafkaEnds& operator=(const KafkaEnds&) = delete;

  /// Another client whose callbacks this thread serves.
  void also_serve(KafkaClient& client);
  void start();
  /// Its thread has ended then, and calls nobody any more.
  void stop();
  /// As published last.
  [[nodiscard]] LogEnds ends(PartitionRef where) const;
  /// Publishes what was heard last.
  void publish(PartitionRef where);
  /// Waits until each of the partitions was heard of in a round that begins now or later.
  [[nodiscard]] bool hear_anew(std::span<const LogPlace> places, Milliseconds patience);
  /// Its leader, which once answered, has not for a while.
  [[nodiscard]] bool is_silent(PartitionRef where) const;

  /// The reader is about to hand out what this broker has given, up to the record before `next`: no
  /// end is told of before it, and it is another generation where the one before gave another.
  void hand_out(PartitionRef where, Offset next, std::int32_t broker);
  /// A connection broke. Where a leader then does not answer, what was read before may be gone.
  void lost_connection();

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    LogEnds published;
    std::uint64_t published_in = 0;  // rounds that had begun then
    Offset begin = 0;                // as heard last
    Offset end = 0;
    std::uint64_t round = 0;  // that it was heard in
    Clock::time_point heard_at;
    Offset handed_out = 0;
    Offset at_least = 0;         // it ended there, when the round began
    std::int32_t leader = -1;    // as the cluster says
    std::int32_t given_by = -1;  // whose records were handed out
    bool is_lost = false;        // its leader failed to answer since
  };
  using Partitions = std::vector<PartitionRef>;

  void ask_until_stopped();
  void ask_round(bool also_begins);
  bool look_for_leaders();
  void look_for_more(std::size_t topic, int partitions);
  bool ask_leader(const Partitions& led, std::uint64_t round, bool also_begins);
  [[nodiscard]] rd_kafka_resp_err_t list(const Partitions& led, std::int64_t what,
                                         std::vector<std::int64_t>& offsets) const;
  static void heard(Kept& kept, std::int64_t end, std::uint64_t round);
  [[nodiscard]] Kept& kept(PartitionRef where) { return kept_[where.topic][where.partition]; }
  [[nodiscard]] const Kept& kept(PartitionRef where) const {
    return kept_[where.topic][where.partition];
  }

  KafkaClient& asker_;
  std::vector<KafkaClient*> served_;
  Clock::time_point looked_at_;          // for leaders
  bool is_looking_ = true;               // some leader is not known, or has failed
  std::map<std::size_t, int> too_many_;  // partitions of a topic, as was said already

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::vector<Kept>> kept_;  // by topic and partition
  std::uint64_t rounds_ = 0;             // that have begun
  bool is_wanted_ = false;               // somebody waits for a round
  bool is_broken_ = false;               // a connection, since all leaders answered
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace jari
