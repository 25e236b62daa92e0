// consumers/api/door.h — Door: what takes requests to the engine's thread and answers back, once
// they are durable.
//
// Decides nothing of the business: it knows keys, rates, bounds and who waits.
//
// Units:   milliseconds of Clock::since_boot for waits and rates.
// Errors:  a refusal is a Reply. Nothing that was taken stays unanswered.
// Threads: take() and pulse() from any; decided() and batch_applied() in the engine's thread; what
//          it delivers comes on the log's.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "consumers/api/call_rate.h"
#include "consumers/api/known_keys.h"
#include "consumers/api/routes.h"
#include "consumers/api/turned_away.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/engine.h"

namespace jari::api {

struct DoorSettings {
  std::uint32_t person_rate = 100;        // requests of a person in a second; 0 = no bound
  std::size_t outstanding_max = 20'000;   // taken and unanswered: beyond, people's changes are 503
  std::uint32_t stream_percent_max = 75;  // of a stream's window
  std::size_t known_keys_max = 65'536;    // contents remembered across partitions
  milliseconds position_wait{1'000};
};

class Door {
 public:
  using Deliver = std::function<void(std::vector<CallPtr>)>;
  Door(Engine& engine, const World& world, Clock& clock, DoorSettings settings, Deliver deliver);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// Takes a call to the engine. `lane` spreads the callers: the io thread. Where there is no room
  /// for it, it is refused at once.
  void take(std::uint32_t lane, CallPtr call);
  /// Whether one more may wait here. What people want to change has half of the room: however much
  /// of it comes, reads and operators still pass.
  [[nodiscard]] bool has_room_for(const Route& route) const {
    return outstanding() < room_for(route);
  }
  /// Ends waits whose time has come. To be called some ten times a second.
  void pulse();
  /// Refuses changes from now on, with this code; None takes them again.
  void close(Code why) { closed_.store(why); }
  [[nodiscard]] Code closed() const { return closed_.load(); }
  /// Whether something of every partition has been read; not, where its beginning is gone.
  [[nodiscard]] bool has_begun() const { return has_begun_.load(); }
  /// Rises with whatever any partition applies.
  [[nodiscard]] std::uint64_t changes() const { return changes_.load(); }
  [[nodiscard]] std::size_t outstanding() const { return outstanding_.load(); }

  void decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
               Turn& turn);
  void batch_applied(Turn& turn);

 private:
  struct Lane;
  struct Waiting {
    std::uint64_t call = 0;
    std::size_t append = 0;
  };
  using Waiters = absl::InlinedVector<Waiting, 1>;

  [[nodiscard]] std::size_t room_for(const Route& route) const;
  void drain(Lane& lane, Turn& turn);
  void judge(CallPtr call, Turn& turn);
  void read(CallPtr call, Turn& turn);
  void change(CallPtr call, Turn& turn);
  [[nodiscard]] std::optional<Refusal> refuses(const Call& call, const Turn& turn) const;
  [[nodiscard]] bool is_reached(const Call& call, const Turn& turn) const;
  [[nodiscard]] bool is_unread(const Call& call, const Turn& turn) const;
  [[nodiscard]] bool is_stale(const Reply& reply, const Turn& turn) const;
  void hold_back(CallPtr call);
  void look_again(Turn& turn);

  // Waiting: waits.cc.
  enum class Seen : std::uint8_t { New, Pending, Decided, Reused };
  static void name(Call& call);
  [[nodiscard]] Seen look_up(const Call& call, const Append& append) const;
  [[nodiscard]] std::optional<Waiting> waited_for(const Call& call, const Append& append) const;
  [[nodiscard]] static bool stands(const Call& call);
  void append_all(Call& call, Turn& turn);
  void wait_for(CallPtr call, const Turn& turn);
  void leave(const Call& call);
  [[nodiscard]] bool is_meant(const Call& call, const Append& append, const Outcome& outcome) const;
  void note_turned_away(std::string_view who, std::string_view request, const Outcome& outcome);
  void answer_one(Call& call, Append& append, const Outcome& outcome, Turn& turn);
  void conclude(std::uint64_t id, Turn& turn);
  void settle(Turn& turn);
  void expire(Turn& turn);
  static void postpone(Call& call, const Turn& turn);
  void finish(CallPtr call);
  void flush(Turn& turn);
  [[nodiscard]] bool has_changed(const Turn& turn);

  Engine& engine_;
  const World& world_;
  Clock& clock_;
  const DoorSettings settings_;
  const Deliver deliver_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<Code> closed_{Code::None};
  std::atomic<bool> has_begun_{true};
  std::atomic<std::uint64_t> changes_{1};
  std::atomic<std::size_t> outstanding_{0};
  std::atomic<std::size_t> waits_count_{0};
  std::atomic<bool> is_pulsing_{false};

  // The engine's thread's.
  flat::Builder builder_{1024};
  std::uint64_t calls_taken_ = 0;
  bool has_appended_ = false;  // and not applied yet
  std::shared_ptr<std::atomic<bool>>
      standing_;  // of what this task has appended; as Append::stands
  std::uint64_t applied_sum_ = 0;
  std::vector<PartitionRef> partitions_;
  absl::flat_hash_map<std::uint64_t, CallPtr> calls_;       // by id, never walked: they wait
  absl::flat_hash_map<Hash128, Waiters, LowBits> waiters_;  // by where, who and key
  absl::btree_set<std::pair<milliseconds, std::uint64_t>> deadlines_;
  std::vector<std::uint64_t> concluded_;  // decided in this batch
  std::vector<CallPtr> applying_;         // answered 202 once this batch is applied
  std::vector<std::uint64_t> settling_;   // decided, and not yet true everywhere
  std::deque<CallPtr> held_back_;  // until a position is reached, or what was appended is applied
  std::vector<CallPtr> done_;      // until it is durable
  KnownKeys known_keys_;
  TurnedAway turned_away_;
  CallRate person_rate_;
};

}  // namespace jari::api
