// tests/sim/clients.h — Clients: people and operators at their devices: they ask, wait, ask again
// when the service has died on them, and hold what they are told against what they were told
// before.
//
// They stand where the door stands: records are appended as it appends them, answers are told when
// the engine says that all they rest on is durable. Who waits at a node that lives is told by that
// node alone; whose node is gone looks on at all of them.
//
// Errors:  a contradiction fails the trace.
// Threads: one.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/chance.h"
#include "tests/sim/ledger.h"
#include "tests/sim/node_port.h"
#include "tests/sim/watch.h"

namespace jari::sim {

class Clients {
 public:
  Clients(Log& log, Trace& trace, Ledger& ledger, Watch& watch, Chance& chance)
      : log_(log), trace_(trace), ledger_(ledger), watch_(watch), chance_(chance) {}

  void ask(SimNode& node, Request request);
  /// One that was answered, with the same content.
  void repeat(SimNode& node);
  /// The key of one that was answered, with another content.
  void reuse_key(SimNode& node);
  /// Looks at a person's appointments and at a queue.
  void look(SimNode& node, const std::string& person, const std::string& queue);
  /// Bytes that are no record, or one that the engine's operator appends.
  void append(SimNode& node, PartitionRef where, std::string record);

  /// A node begins to serve; each of its lives has a number.
  [[nodiscard]] std::uint64_t begin_life() { return *lives_.insert(++lives_begun_).first; }
  /// It is gone: whoever was not answered will ask again.
  void ended(std::uint64_t life) { lives_.erase(life); }
  /// It does not answer (of `where`, or at all): whoever waits there will ask again.
  void give_up(std::uint64_t life, std::optional<PartitionRef> where = {});
  /// Up to `count` of those who wait nowhere ask again.
  void ask_again(SimNode& node, std::size_t count);
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }
  [[nodiscard]] std::string first_unanswered() const;
  /// Those of which nobody knows what has come of them: not answered, or sent twice and answered
  /// for one of the two.
  void for_each_open(const std::function<void(const Request&)>& visit) const;
  /// Each answer that is kept stands once in `outcomes`.
  void check_outcomes() const;

  void decided(std::uint64_t life, PartitionRef where, std::string_view request, Bytes outcome,
               Turn& turn);
  void counted(std::string_view what, std::string_view label);
  bool may_dead_letter = false;
  bool may_dispute = false;

 private:
  struct Asking {
    Request request;
    bool is_reuse = false;  // of a key that has another content
    bool is_told = false;
    bool is_kept = false;
    Hash128 kept;
    Instant told_at;                // log time of its partition
    std::uint64_t asked_in = 0;     // which life
    std::uint64_t repeated_in = 0;  // and not answered again yet
    bool is_promised = false;       // it was answered 202, and is not sent again
  };

  void post(SimNode& node, std::size_t index);
  void arrive(std::size_t index, SimNode& node, Turn& turn);
  [[nodiscard]] bool is_earlier(const Watch::Decided& decided, const Hash128& kept,
                                const Hash128& than) const;
  [[nodiscard]] bool has_missed(const Asking& one) const;
  void expect_promise(std::size_t index, Turn& turn);
  [[nodiscard]] bool show_known(std::size_t index, SimNode& node, Turn& turn);
  void answer(std::size_t index, PartitionRef where, Offset position, std::string outcome,
              Turn& turn);
  void note_position(PartitionRef where, Offset position) {
    Offset& known = positions_[where];
    known = std::max(known, position);
  }
  [[nodiscard]] bool is_reached(PartitionRef where, const Turn& turn) const {
    const auto known = positions_.find(where);
    return log_.writers() == LogWriters::One || known == positions_.end() ||
           turn.applied(where) >= known->second;
  }
  void tell(std::size_t index, const std::string& bytes, Instant now);
  void tell_first(Asking& one, const Outcome& outcome, const Watch::Decided* decided);
  [[nodiscard]] std::size_t draw_kept();

  Log& log_;
  Trace& trace_;
  Ledger& ledger_;
  Watch& watch_;
  Chance& chance_;
  std::uint64_t lives_begun_ = 0;
  std::set<std::uint64_t> lives_;
  std::vector<Asking> askings_;
  std::map<std::string, std::size_t, std::less<>> by_key_;  // who waits under a key
  std::vector<std::size_t> kept_;                           // indices, in the order they were told
  std::size_t unanswered_ = 0;
  std::map<PartitionRef, Offset> positions_;  // that were told, or shown
};

/// What one node says in one of its lives.
class Ear final : public Listener {
 public:
  using OnParked = std::function<void(PartitionRef where, std::string_view why)>;
  Ear(Clients& clients, std::uint64_t life, OnParked on_parked = {})
      : clients_(clients), life_(life), on_parked_(std::move(on_parked)) {}
  [[nodiscard]] std::uint64_t life() const { return life_; }

  void decided(PartitionRef where, std::string_view, std::string_view request, Bytes outcome,
               Turn& turn) override {
    clients_.decided(life_, where, request, outcome, turn);
  }
  void batch_applied(Turn&) override {}
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t) override {
    if (what == "parked" && on_parked_) on_parked_(where, label);
    clients_.counted(what, label);
  }

 private:
  Clients& clients_;
  std::uint64_t life_;
  OnParked on_parked_;
};

}  // namespace jari::sim
