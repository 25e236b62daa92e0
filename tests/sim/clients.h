// tests/sim/clients.h — Clients: people and operators at their devices: they ask, wait, ask again
// when the service has died on them, and hold what they are told against what they were told
// before.
//
// They stand where the door stands: records are appended as it appends them, answers are told when
// the engine says that all they rest on is durable.
//
// Errors:  a contradiction fails the trace.
// Threads: one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sim/chance.h"
#include "tests/sim/ledger.h"
#include "tests/sim/node_port.h"
#include "tests/sim/watch.h"

namespace jari::sim {

class Clients final : public Listener {
 public:
  Clients(SimulatedLog& log, Trace& trace, Ledger& ledger, Watch& watch, Chance& chance)
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

  /// The node is gone: whoever was not answered will ask again.
  void crashed() { ++life_; }
  /// Up to `count` of those who have not been heard in this life ask again.
  void ask_again(SimNode& node, std::size_t count);
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }
  [[nodiscard]] std::string first_unanswered() const;
  /// Each answer that is kept stands once in `outcomes`.
  void check_outcomes() const;

  void decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
               Turn& turn) override;
  void batch_applied(Turn&) override {}
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;
  bool may_dead_letter = false;

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
  };

  void post(SimNode& node, std::size_t index);
  void arrive(std::size_t index, Turn& turn);
  [[nodiscard]] bool show_known(std::size_t index, Turn& turn);
  void answer(std::size_t index, PartitionRef where, std::string outcome, Turn& turn);
  void tell(std::size_t index, const std::string& bytes, Instant now);
  void tell_first(Asking& one, const Outcome& outcome, const Watch::Decided* decided);
  [[nodiscard]] std::size_t draw_kept();

  SimulatedLog& log_;
  Trace& trace_;
  Ledger& ledger_;
  Watch& watch_;
  Chance& chance_;
  SimNode* node_ = nullptr;  // that was asked last
  std::uint64_t life_ = 1;
  std::vector<Asking> askings_;
  std::map<std::string, std::size_t, std::less<>> by_key_;  // who waits under a key
  std::vector<std::size_t> kept_;                           // indices, in the order they were told
  std::size_t unanswered_ = 0;
};

}  // namespace jari::sim
