// tests/sim/workload.h — Workload: what people and operators come to ask for, drawn from the seed.
//
// Knows only what the ledger knows: what somebody was told.
//
// Units:   times from the simulated clock's wall.
// Errors:  none.
// Threads: one.
#pragma once

#include "tests/sim/clients.h"
#include "tests/sim/plan.h"
#include "tests/sim/sim_clock.h"

namespace jari::sim {

inline constexpr std::string_view kZone = "UTC";  // of every site

class Workload {
 public:
  Workload(const Plan& plan, const LogIdentity& identity, const SimClock& clock, Ledger& ledger,
           Clients& clients, Chance& chance);

  /// Programmes, queues and sites, and once those are there: slots, stock, and who is eligible.
  void prepare_settings(SimNode& node);
  void prepare_people(SimNode& node);
  /// Somebody does something.
  void act(SimNode& node);
  /// Somebody asks for something that one partition alone decides, none of `but`.
  void act_apart(SimNode& node, const std::set<PartitionRef>& but);
  /// Nobody is held up any more: queues are open, drawn, and admit.
  void open_all(SimNode& node);

  /// A place and a product for somebody, as a booking and a hold ask for it.
  struct Wish {
    std::string who, site, slot, product, programme;
    template <class T>
    [[nodiscard]] T as() const {
      T said;
      said.person = PersonId{who};
      said.programme = ProgrammeId{programme};
      said.site = SiteId{site};
      said.slot = SlotId{slot};
      said.product = ProductId{product};
      return said;
    }
  };
  /// Somebody asks for exactly this. Comes back: the key that they ask with.
  template <class T>
  std::string ask_exactly(SimNode& node, PartitionRef where, const T& body, Role role,
                          const std::string& by) {
    Request request;
    request.where = where;
    request.type = kTypeOf<T>;
    request.body = text_of(encoder_.encode(body));
    request.role = role;
    request.by = by;
    request.key = "k" + std::to_string(++keys_);
    request.content = hash128(bytes_of(request.body));
    if (role == Role::Operator) request.reason = "the plan";
    clients_.ask(node, std::move(request));
    return "k" + std::to_string(keys_);
  }

  [[nodiscard]] std::string person(std::size_t number) const {
    return "p" + std::to_string(number);
  }
  [[nodiscard]] static std::vector<std::string> queues() { return {"main", "side"}; }
  [[nodiscard]] static std::vector<std::string> programmes() { return {"flu", "walk"}; }
  [[nodiscard]] static std::vector<std::string> products() { return {"a", "b"}; }

 private:
  void act_as_person(SimNode& node, Act act);
  void act_as_operator(SimNode& node, Act act);
  void act_on_line(SimNode& node, Act act);
  void act_on_site(SimNode& node, Act act);

  template <class T>
  void ask(SimNode& node, PartitionRef where, const T& body, Role role, const std::string& by) {
    ask_exactly(node, where, body, role, by);
  }
  template <class T>
  void ask_as_operator(SimNode& node, PartitionRef where, const T& body) {
    ask(node, where, body, Role::Operator, "ann");
  }
  [[nodiscard]] PartitionRef home(TopicNo topic, std::string_view key) const {
    return {topic, static_cast<PartitionNo>(partition_of(key, identity_.topics[topic].partitions))};
  }
  template <class Map>
  [[nodiscard]] std::string any_of(const Map& all) {
    if (all.empty()) return {};
    const std::size_t latest =
        chance_.one_in(3) ? all.size() : std::min<std::size_t>(all.size(), 8);
    return std::prev(all.end(), static_cast<std::ptrdiff_t>(1 + chance_.below(latest)))->first;
  }
  [[nodiscard]] std::string anybody() { return person(chance_.below(plan_.people)); }
  [[nodiscard]] std::string any_site() { return "s" + std::to_string(chance_.below(plan_.sites)); }
  [[nodiscard]] std::string any_slot() { return "t" + std::to_string(chance_.below(plan_.slots)); }

  [[nodiscard]] Wish any_wish();

  void set_programme(SimNode& node, const std::string& programme);
  void set_queue(SimNode& node, const std::string& queue);
  void change_queue(SimNode& node, const std::string& queue);
  void draw(SimNode& node, const std::string& queue);
  void publish_slot(SimNode& node, const std::string& site, const std::string& slot);
  void change_stock(SimNode& node, const std::string& site);
  void grant(SimNode& node, const std::string& person, const std::string& programme);
  void book(SimNode& node, Role role);
  void hold(SimNode& node);
  void reschedule(SimNode& node, Role role);
  void cancel(SimNode& node, Role role);
  void hold_admissions(SimNode& node);
  void reissue(SimNode& node);
  void raise_barrier(SimNode& node);
  [[nodiscard]] Instant now() const { return clock_.read().wall; }
  [[nodiscard]] Instant any_start();

  const Plan& plan_;
  const LogIdentity& identity_;
  const SimClock& clock_;
  Ledger& ledger_;
  Clients& clients_;
  Chance& chance_;
  Encoder encoder_;
  std::uint64_t keys_ = 0;
  std::uint64_t acts_ = 0;
  std::string seed_;  // of the pre-queue, and what it was committed to as
  std::string commitment_;
};

}  // namespace jari::sim
