// tests/sim/probe.h — Probe: once all is at rest and nobody holds anything, people ask for what the
// rules (rules.h) say must be granted, and for what must be refused, and must be told exactly that.
//
// A few of each: the last place and the last dose, a place that was given back, a second dose, the
// first and the last day that it may be on, each refusal that there is an occasion for.
//
// Errors:  another answer fails the trace.
// Threads: one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/sim/rules.h"
#include "tests/sim/scene.h"
#include "tests/sim/service.h"

namespace jari::sim {

class Probe {
 public:
  Probe(Scene& scene, Service& service, Company& company);
  void run();

 private:
  struct Question {
    RecordType type = 0;
    Workload::Wish wish;  // of a ticket: who
    std::string id;       // of the appointment; the queue
    Rules::Verdict must;
  };

  void ask_around();
  void book_when_let_in();
  /// Asks, and waits for the answer. Nothing: it was another.
  std::optional<Ledger::Told> put(const Question& question);
  void put_hold(const Question& question);
  void wait();
  [[nodiscard]] std::string ask(const Question& question);
  [[nodiscard]] Rules rules() const;
  void offer(Question question);
  void offer_bookings(const Rules& rules);
  void offer_changes(const Rules& rules);
  void offer_tickets(const Rules& rules);
  [[nodiscard]] std::size_t worth_of(const Question& question) const;
  [[nodiscard]] bool is_line_empty(const std::string& queue);
  [[nodiscard]] bool is_let_in(const std::string& who, const std::string& queue);
  [[nodiscard]] std::string text_of(const Question& question) const;
  template <class C>
  [[nodiscard]] const C& consumer_of(PartitionRef where) {
    return static_cast<const C&>(*service_.node().consumer(where));
  }

  Scene& scene_;
  Trace& trace_;
  Service& service_;
  Company& company_;
  const Ledger& ledger_;
  Chance chance_;
  std::optional<Question> best_;
  std::size_t worth_ = 0;
  std::size_t equals_ = 0;                                // questions of that worth
  std::set<std::pair<RecordType, Code>> seen_;            // answers
  std::set<std::pair<RecordType, std::uint32_t>> shown_;  // what grants have shown
};

}  // namespace jari::sim
