// engine/runtime/member_slot.h — a partition, or a sink, as one node among several follows it and,
// where its own claim stands, speaks for it.
//
// Private to engine/runtime/.
//
// Units:   milliseconds are the clock's since_boot; Instant is log time.
// Errors:  none.
// Threads: belongs to the member's thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/runtime/partition.h"
#include "engine/runtime/second_look.h"
#include "engine/runtime/sending_stream.h"
#include "engine/runtime/sink_reader.h"
#include "engine/runtime/waiting_rows.h"

namespace jari {

inline constexpr milliseconds kLongAgo{-1'000'000'000'000};

/// Rows of one stream in a batch that is on its way.
struct StreamSpan {
  PartitionRef source;
  PartitionRef destination;
  std::uint64_t epoch = 0;  // of the claim under which they were sent
  std::uint64_t upto = 0;
};

struct MemberSlot {
  PartitionRef where;
  std::unique_ptr<Partition> partition;  // nullptr: a sink
  std::unique_ptr<SinkReader> sink;      // nullptr: a partition
  std::optional<std::string> parked;     // why it stands still

  // Following.
  LogEnds ends;                       // as looked at last, their generation verified
  milliseconds heard_at = kLongAgo;   // no later than the log was asked for these ends: after it
                                      // told of those before, which no look before that had seen
  milliseconds looked_at = kLongAgo;  // the look before the one that saw them
  Offset loaded = 0;                  // next_offset of the state that was on disk at the start
  bool is_changed = false;            // since it was last written behind
  bool is_void = false;               // what is on disk is not to be believed; so the disk says
  std::optional<SecondLook> second_look;  // it is made again, and silent
  std::set<std::string> disputed_by;      // nodes, in this epoch; ours could not be made again

  // Ownership.
  milliseconds owner_seen = kLongAgo;   // when its owner's newest tick, or claim, was read
  milliseconds heard_since = kLongAgo;  // of the log's ends, without a gap
  struct Claimed {
    std::uint64_t epoch = 0;
    milliseconds at = kLongAgo;
  };
  std::optional<Claimed> claimed;  // and not seen in the log yet
  struct Suspect {
    PartitionRef by;
    std::uint64_t last = 0;   // seq of a row that it has, and we have not
    std::uint64_t heard = 0;  // once so many ends were heard, it stands in none
  };
  std::optional<Suspect> suspect;   // a lost tail
  std::optional<Hash128> namesake;  // its owner that was read of, under our name; not looked at yet

  // Speaking.
  std::uint64_t spoken_epoch = 0;  // in which its streams were begun
  std::unique_ptr<WaitingRows> waiting = std::make_unique<WaitingRows>();
  std::map<PartitionRef, SendingStream> sending;  // by destination
  struct AckSaid {
    std::uint64_t last = 0;
    milliseconds at = kLongAgo;
  };
  std::map<PartitionRef, AckSaid> acks;             // by the stream's other end
  std::map<PartitionRef, Suspect> suspected_sinks;  // of a lost tail, as above
  milliseconds tails_at = kLongAgo;                 // when lost tails were last looked for

  // Time, as its owner tells it.
  milliseconds ticked_at = kLongAgo;  // when the newest tick was appended
  milliseconds proposed_at = kLongAgo;
  milliseconds jumped_at = kLongAgo;
  milliseconds tick_back = kLongAgo;  // when the newest own tick that came back was appended
  Instant ticked;                     // its time
  struct Sent {
    Instant time;
    milliseconds at{0};
  };
  std::deque<Sent> ticks_out;
  struct Held {  // an outage that no other clock agrees to: time goes on from here
    Instant from;
    milliseconds since{0};
    [[nodiscard]] Instant at(milliseconds since_boot) const { return from + (since_boot - since); }
  };
  std::optional<Held> held;

  // To be appended here at the end of the step, by whoever's partition it comes from.
  LogSection requests;    // appended again until they stand
  LogSection records;     // rows, effects, acks: what is lost of them is found out
  LogSection perishable;  // ticks, claims, time jumps
  std::vector<StreamSpan> spans;
  milliseconds held_back_until = kLongAgo;  // after an error

  [[nodiscard]] Offset next_offset() const {
    return partition ? partition->next_offset() : sink->next_offset();
  }
};

/// All of a log's partitions and sinks, found without hashing.
class MemberSlots {
 public:
  using All = std::vector<MemberSlot>;
  MemberSlot& add(PartitionRef where) {
    if (where.partition == 0) first_of_topic_.push_back(all_.size());
    all_.emplace_back().where = where;
    return all_.back();
  }
  [[nodiscard]] MemberSlot& of(PartitionRef where) {
    return all_[first_of_topic_[where.topic] + where.partition];
  }
  [[nodiscard]] const MemberSlot& of(PartitionRef where) const {
    return all_[first_of_topic_[where.topic] + where.partition];
  }
  [[nodiscard]] All::iterator begin() { return all_.begin(); }
  [[nodiscard]] All::iterator end() { return all_.end(); }
  [[nodiscard]] All::const_iterator begin() const { return all_.begin(); }
  [[nodiscard]] All::const_iterator end() const { return all_.end(); }

 private:
  All all_;
  std::vector<std::size_t> first_of_topic_;
};

}  // namespace jari
