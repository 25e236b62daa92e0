#include "engine/log/kafka/kafka_ends.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/thread_name.h"

namespace jari {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAskEvery{50};
constexpr milliseconds kBeginsEvery{1'000};
constexpr milliseconds kLookForLeadersEvery{250};
constexpr milliseconds kPatience{500};  // of one leader
constexpr milliseconds kSilentAfter{1'000};

}  // namespace

KafkaEnds::KafkaEnds(KafkaClient& asker, const std::vector<PartitionNo>& partitions)
    : asker_(asker), served_{&asker} {
  for (const PartitionNo count : partitions) kept_.emplace_back(count);
}

KafkaEnds::~KafkaEnds() {
  stop();
}

void KafkaEnds::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void KafkaEnds::also_serve(KafkaClient& client) {
  CHECK(!thread_.joinable());
  served_.push_back(&client);
}

void KafkaEnds::start() {
  thread_ = std::thread([this] { ask_until_stopped(); });
}

LogEnds KafkaEnds::ends(PartitionRef where) const {
  const std::lock_guard lock(mutex_);
  return kept(where).published;
}

void KafkaEnds::publish(PartitionRef where) {
  const std::lock_guard lock(mutex_);
  Kept& one = kept(where);
  if (one.round <= one.published_in) return;  // it began before what was published last
  one.published_in = rounds_;
  one.published.begin = one.begin;
  one.published.end = std::max(one.end, one.handed_out);
  ++one.published.heard;
}

bool KafkaEnds::hear_anew(std::span<const LogPlace> places, Milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t after = rounds_;
  const auto is_heard = [&] {
    return std::all_of(places.begin(), places.end(),
                       [&](const LogPlace& place) { return kept(place.where).round > after; });
  };
  const auto until = Clock::now() + patience;
  while (!is_heard()) {
    is_wanted_ = true;
    changed_.notify_all();
    if (changed_.wait_until(lock, until) == std::cv_status::timeout) return is_heard();
  }
  return true;
}

bool KafkaEnds::is_silent(PartitionRef where) const {
  const std::lock_guard lock(mutex_);
  const auto heard_at = kept(where).heard_at;
  return heard_at != Clock::time_point{} && Clock::now() - heard_at > kSilentAfter;
}

void KafkaEnds::hand_out(PartitionRef where, Offset next, std::int32_t broker) {
  const std::lock_guard lock(mutex_);
  Kept& one = kept(where);
  const std::int32_t before = std::exchange(one.given_by, broker);
  if (before != broker && before != -1) ++one.published.generation;
  one.handed_out = std::max(one.handed_out, next);
  one.published.end = std::max(one.published.end, one.handed_out);
}

void KafkaEnds::lost_connection() {
  const std::lock_guard lock(mutex_);
  is_broken_ = true;
}

void KafkaEnds::ask_until_stopped() {
  name_this_thread("jari-kafka-ends");
  Clock::time_point begins_at;
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    const bool also_begins =
        std::exchange(is_wanted_, false) || Clock::now() - begins_at >= kBeginsEvery;
    if (also_begins) begins_at = Clock::now();
    lock.unlock();
    for (KafkaClient* client : served_) rd_kafka_poll(client->handle(), 0);
    ask_round(also_begins);
    lock.lock();
    changed_.notify_all();
    changed_.wait_for(lock, kAskEvery, [this] { return is_wanted_ || is_stopping_; });
  }
}

void KafkaEnds::ask_round(bool also_begins) {
  const auto now = Clock::now();
  if (now - looked_at_ >= kLookForLeadersEvery || is_looking_) {
    looked_at_ = now;
    is_looking_ = !look_for_leaders();
  }
  std::map<std::int32_t, Partitions> by_leader;
  std::uint64_t round = 0;
  {
    const std::lock_guard lock(mutex_);
    round = ++rounds_;
    for (std::size_t topic = 0; topic < kept_.size(); ++topic) {
      for (std::size_t i = 0; i < kept_[topic].size(); ++i) {
        Kept& one = kept_[topic][i];
        one.at_least = std::max(one.end, one.handed_out);
        if (one.leader < 0) continue;
        by_leader[one.leader].push_back({static_cast<TopicNo>(topic), static_cast<PartitionNo>(i)});
      }
    }
  }
  bool have_all_answered = !is_looking_;
  for (const auto& [leader, led] : by_leader) {
    have_all_answered &= ask_leader(led, round, also_begins);
  }
  const std::lock_guard lock(mutex_);
  if (have_all_answered) is_broken_ = false;
}

/// Who leads which partition. False: not all are known.
bool KafkaEnds::look_for_leaders() {
  const auto heard = asker_.metadata(kPatience);
  if (!heard) return false;
  bool are_all_known = true;
  const std::lock_guard lock(mutex_);
  for (std::size_t topic = 0; topic < kept_.size(); ++topic) {
    const std::string_view name = rd_kafka_topic_name(asker_.topic(topic));
    std::vector<std::int32_t> leaders(kept_[topic].size(), -1);
    for (int i = 0; i < (*heard)->topic_cnt; ++i) {
      const rd_kafka_metadata_topic_t& said = (*heard)->topics[i];
      if (name != said.topic) continue;
      look_for_more(topic, said.partition_cnt);
      for (int j = 0; j < said.partition_cnt; ++j) {
        const auto id = static_cast<std::size_t>(said.partitions[j].id);
        if (id < leaders.size()) leaders[id] = said.partitions[j].leader;
      }
    }
    for (std::size_t i = 0; i < leaders.size(); ++i) {
      Kept& one = kept_[topic][i];
      // One that is not known is not asked about: the others would wait for it.
      const std::int32_t before = std::exchange(one.leader, leaders[i]);
      are_all_known &= leaders[i] >= 0;
      one.is_lost |= leaders[i] < 0;
      if (before >= 0 && leaders[i] >= 0 && before != leaders[i]) ++one.published.generation;
    }
  }
  return are_all_known;
}

/// Partitions that somebody has added since the log was made are nobody's.
void KafkaEnds::look_for_more(std::size_t topic, int partitions) {
  const std::size_t ours = kept_[topic].size();
  if (static_cast<std::size_t>(partitions) <= ours) return;
  if (std::exchange(too_many_[topic], partitions) == partitions) return;
  asker_.say(kErrorLevel,
             std::string{rd_kafka_topic_name(asker_.topic(topic))} + " has " +
                 std::to_string(partitions) + " partitions, its log was made with " +
                 std::to_string(ours) +
                 ": nobody reads what is appended to the others, and whoever counts them finds "
                 "other partitions for the same keys. Tell those who append to count " +
                 std::to_string(ours) +
                 "; do not start nodes anew before the topic is mended (the runbook says how)");
}

/// A leader that fails must not keep the answers of the others: each is asked by itself.
bool KafkaEnds::ask_leader(const Partitions& led, std::uint64_t round, bool also_begins) {
  std::vector<std::int64_t> ends;
  std::vector<std::int64_t> begins;
  auto error = list(led, RD_KAFKA_OFFSET_END, ends);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && also_begins) {
    error = list(led, RD_KAFKA_OFFSET_BEGINNING, begins);
  }
  const std::lock_guard lock(mutex_);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    is_looking_ = true;
    if (error == RD_KAFKA_RESP_ERR__TIMED_OUT && !is_broken_) return false;  // only slow
    for (const PartitionRef where : led) kept(where).is_lost = true;
    return false;
  }
  for (std::size_t i = 0; i < led.size(); ++i) {
    Kept& one = kept(led[i]);
    if (also_begins && begins[i] >= 0) one.begin = static_cast<Offset>(begins[i]);
    if (ends[i] >= 0) heard(one, ends[i], round);
  }
  return true;
}

rd_kafka_resp_err_t KafkaEnds::list(const Partitions& led, std::int64_t what,
                                    std::vector<std::int64_t>& offsets) const {
  const RdPartitions asked{rd_kafka_topic_partition_list_new(static_cast<int>(led.size()))};
  for (const PartitionRef where : led) {
    rd_kafka_topic_partition_list_add(asked.get(), rd_kafka_topic_name(asker_.topic(where.topic)),
                                      where.partition)
        ->offset = what;
  }
  const auto error =
      rd_kafka_offsets_for_times(asker_.handle(), asked.get(), static_cast<int>(kPatience.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  for (int i = 0; i < asked->cnt; ++i) {
    const auto& one = asked->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return one.err;
    offsets.push_back(one.offset);
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/// With the lock held.
void KafkaEnds::heard(Kept& kept, std::int64_t end, std::uint64_t round) {
  kept.end = static_cast<Offset>(end);
  kept.round = round;
  kept.heard_at = Clock::now();
  const bool has_lost_tail = kept.end < kept.at_least;
  if (has_lost_tail) kept.handed_out = kept.end;
  if (std::exchange(kept.is_lost, false) || has_lost_tail) ++kept.published.generation;
}

}  // namespace jari
