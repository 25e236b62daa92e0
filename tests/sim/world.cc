#include "tests/sim/world.h"

#include "consumers/inventory/inventory.h"
#include "consumers/model/topics.h"
#include "consumers/queue/queue.h"

namespace jari::sim {
namespace {

constexpr milliseconds kCalmGap{100};
constexpr milliseconds kLongestHold{60'000};  // as programmes are set here
constexpr milliseconds kHoldGap{2'000};       // longer steps of time than people's
constexpr milliseconds kRestBound{30'000};    // in which everything asked is answered
constexpr milliseconds kSettledAtLeast{700};  // of log time meanwhile: half its speed, and a tick
constexpr std::size_t kSettleSteps = 30;      // 3 s: what a tick or an ack leaves for the next
constexpr std::size_t kClaimSteps = 20;       // 2 s: until all that was stopped speaks again

}  // namespace

World::World(std::uint64_t seed, WorldKind kind, bool prints)
    : scene_(seed, kind, prints),
      trace_(scene_.trace),
      plan_(scene_.plan),
      service_(plan_.cluster.nodes == 0 ? make_one_node(scene_) : make_many_nodes(scene_)),
      company_(scene_, service_->log()),
      ledger_(company_.ledger),
      watch_(company_.watch),
      meanwhile_(scene_, company_),
      probe_(scene_, *service_, company_) {}

void World::run() {
  watch_.read_new();
  service_->begin(company_);
  if (is_good()) company_.workload.prepare_settings(service_->node());
  if (is_good()) rest();
  if (is_good()) company_.workload.prepare_people(service_->node());
  const std::size_t parts = plan_.rests + 1;
  for (std::size_t part = 0; part < parts && is_good(); ++part) {
    scene_.is_calm = false;
    live(plan_.steps / parts);
    scene_.is_calm = true;
    if (is_good()) rest();
    if (is_good()) compare_all();
  }
  if (is_good()) drain_lines();
  if (is_good()) outlast_holds();
  if (is_good()) probe_.run();
  if (is_good()) finish();
}

void World::live(std::size_t steps) {
  for (std::size_t i = 0; i < steps && is_good(); ++i) {
    service_->step();
    if (is_good()) service_->compare();
    if (is_good()) meanwhile_.compare();
  }
}

void World::rest() {
  service_->heal();
  const milliseconds begin = scene_.clock.passed();
  while (is_good() && company_.clients.unanswered() > 0) {
    service_->calm_step(kCalmGap);
    if (scene_.clock.passed() - begin > kRestBound) {
      trace_.fail("liveness", "not answered in time: " + company_.clients.first_unanswered());
    }
  }
  std::map<PartitionRef, Instant> before;
  for (const PartitionRef where : consumer_partitions(scene_.identity)) {
    before[where] = time_of(where).now;
  }
  for (std::size_t i = 0; i < kSettleSteps && is_good(); ++i) service_->calm_step(kCalmGap);
  for (const auto& [where, then] : before) {
    const bool goes_on = time_of(where).now - then >= kSettledAtLeast;
    const bool may_rest = !is_good() || plan_.cluster.nodes == 0;  // one that is idle ticks seldom
    trace_.expect(may_rest || goes_on, "liveness", "log time stands still");
  }
}

/// The longest that a line may take at its rate and with its sessions, where nobody leaves early.
milliseconds World::drain_bound() {
  const auto& queue = consumer_of<queue::Queue>(scene_.home(kQueueTopic, "main"));
  const auto view = queue.view(QueueId{"main"}, time_of(scene_.home(kQueueTopic, "main")));
  if (!view || view->waiting == 0) return milliseconds{0};
  const queue::QueueRow& row = *view->settings;
  const auto groups =
      static_cast<std::int64_t>((view->waiting + view->inside) / row.inside_max + 1);
  const auto by_rate = static_cast<std::int64_t>(view->waiting / row.rate_per_second + 1);
  // The sessions that run are as long as they were set when they began.
  const std::int64_t first = 45'000;
  return milliseconds{2 * (first + groups * (row.session_seconds + 1) * 1'000 + by_rate * 1'000)};
}

void World::drain_lines() {
  service_->heal();
  company_.workload.open_all(service_->node());
  rest();
  if (!is_good()) return;
  const milliseconds bound = drain_bound();
  const milliseconds begin = scene_.clock.passed();
  const PartitionRef line = scene_.home(kQueueTopic, "main");
  const auto is_drained = [&] {
    const auto view = consumer_of<queue::Queue>(line).view(QueueId{"main"}, time_of(line));
    return !view || view->waiting == 0 ||
           (view->waiting_for != queue::WaitingFor::Nothing &&
            view->waiting_for != queue::WaitingFor::Pause);
  };
  while (is_good() && !is_drained()) {
    service_->calm_step(2 * kCalmGap);
    if (scene_.clock.passed() - begin > bound) {
      trace_.fail("liveness", "a line does not drain as its rate says");
    }
  }
  if (is_good()) rest();
  if (is_good()) compare_all();
}

/// Once nobody asks for longer than any hold may live, every place and dose that was held is free.
void World::outlast_holds() {
  const milliseconds begin = scene_.clock.passed();
  while (is_good() && scene_.clock.passed() - begin < 2 * kLongestHold)
    service_->calm_step(kHoldGap);
  for (const auto& [key, told] : ledger_.slots) {
    const auto view =
        consumer_of<inventory::Inventory>(scene_.home(kInventoryTopic, key.first)).view();
    const auto slot = view.slot(SiteId{key.first}, SlotId{key.second});
    trace_.expect(slot && slot->places.held == 0, "ledger",
                  "slot " + key.first + "/" + key.second + " is held, and by nobody");
    for (const auto& one : view.stock(SiteId{key.first})) {
      trace_.expect(one.doses.held == 0, "ledger", "a dose at " + key.first + " is held by nobody");
    }
  }
}

/// Made again from nothing, or from what the disks have; then the audit's last word.
void World::finish() {
  service_->restart();
  service_->heal();
  for (std::size_t i = 0; i < kClaimSteps && is_good(); ++i) service_->calm_step(kCalmGap);
  if (is_good()) rest();
  if (!is_good()) return;
  compare_all();
  watch_.finish();
  if (scene_.chance.one_in(4)) watch_.audit_anew();
  if (is_good()) service_->end();
}

}  // namespace jari::sim
