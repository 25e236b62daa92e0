#include "tests/sim/probe.h"

#include <algorithm>

#include "consumers/appointments/appointments.h"
#include "consumers/model/topics.h"
#include "consumers/queue/queue.h"

namespace jari::sim {
namespace {

constexpr milliseconds kGap{100};
constexpr milliseconds kAnsweredWithin{30'000};
constexpr std::size_t kSettleSteps = 3;        // what was given back arrives
constexpr std::size_t kQuestionsMax = 16;      // in a world
constexpr milliseconds kMargin{60'000};        // by which clocks and log times may differ from now
constexpr std::uint32_t kHoldSecondsMin = 40;  // of holds that are asked for
constexpr const char* kLine = "main";          // of the programme that asks for an admission
constexpr milliseconds kLetInWithin{3'000};
constexpr milliseconds kSessionMin{700};  // that is left when a booking is asked for

}  // namespace

Probe::Probe(Scene& scene, Service& service, Company& company)
    : scene_(scene),
      trace_(scene.trace),
      service_(service),
      company_(company),
      ledger_(company.ledger),
      chance_(scene.chance) {}

/// What comes after it draws as if nobody had asked.
void Probe::run() {
  trace_.note("is probed");
  const Chance kept = scene_.chance;
  chance_ = kept;
  ask_around();
  if (scene_.is_good()) book_when_let_in();
  scene_.chance = kept;
}

Rules Probe::rules() const {
  Instant from = scene_.clock.read().wall;
  Instant to = from;
  for (const PartitionRef where : consumer_partitions(scene_.identity)) {
    const Instant now = company_.watch.replayed(where).time().now;
    from = std::min(from, now);
    to = std::max(to, now);
  }
  return {ledger_, company_.watch, {from - kMargin, to + kMargin}};
}

/// The question that shows most of what was not seen yet, until none shows anything new.
void Probe::ask_around() {
  for (std::size_t asked = 0; asked < kQuestionsMax && scene_.is_good(); ++asked) {
    best_.reset();
    worth_ = 0;
    const Rules now = rules();
    offer_bookings(now);
    offer_changes(now);
    offer_tickets(now);
    if (!best_) return;
    const Question question = *best_;
    const bool is_granted = *question.must.code == Code::None;
    seen_.emplace(question.type, *question.must.code);
    for (std::uint32_t bit = 1; bit <= question.must.shows; bit <<= 1U) {
      if ((question.must.shows & bit) != 0) shown_.emplace(question.type, bit);
    }
    const bool is_hold = question.type == kTypeOf<HoldRequested>;
    if (is_hold && is_granted) {
      put_hold(question);
    } else {
      put(question);
    }
  }
}

std::size_t Probe::worth_of(const Question& question) const {
  std::size_t worth = seen_.contains({question.type, *question.must.code}) ? 0 : 1;
  for (std::uint32_t bit = 1; bit <= question.must.shows; bit <<= 1U) {
    const bool is_new = (question.must.shows & bit) != 0 && !shown_.contains({question.type, bit});
    if (is_new) ++worth;
  }
  return worth;
}

/// Of those that are worth the same, any.
void Probe::offer(Question question) {
  if (!question.must.code) return;
  const std::size_t worth = worth_of(question);
  if (worth == 0 || worth < worth_) return;
  equals_ = worth > worth_ ? 1 : equals_ + 1;
  worth_ = worth;
  if (chance_.one_in(equals_)) best_ = std::move(question);
}

/// People, programmes, products, sites and slots that there are, and of each one that is not.
void Probe::offer_bookings(const Rules& rules) {
  const Plan& plan = scene_.plan;
  auto programmes = Workload::programmes();
  auto products = Workload::products();
  programmes.emplace_back("none");
  products.emplace_back("none");
  for (std::size_t who = 0; who <= plan.people; ++who) {
    for (const std::string& programme : programmes) {
      for (const std::string& product : products) {
        for (std::size_t site = 0; site <= plan.sites; ++site) {
          for (std::size_t slot = 0; slot <= plan.slots; ++slot) {
            const Workload::Wish wish{company_.workload.person(who), "s" + std::to_string(site),
                                      "t" + std::to_string(slot), product, programme};
            const Rules::Verdict must = rules.booking(wish, false);
            offer({kTypeOf<BookingRequested>, wish, {}, must});
            const bool may_hold = rules.hold_seconds(programme) >= kHoldSecondsMin;
            if (may_hold) offer({kTypeOf<HoldRequested>, wish, {}, must});
          }
        }
      }
    }
  }
}

void Probe::offer_changes(const Rules& rules) {
  for (const auto& [id, told] : ledger_.appointments) {
    offer({kTypeOf<CancelRequested>, {told.person, {}, {}, {}, {}}, id, rules.cancel(id)});
    for (const auto& [slot, settings] : ledger_.slots) {
      const Workload::Wish wish{told.person, slot.first, slot.second, {}, {}};
      offer({kTypeOf<RescheduleRequested>, wish, id, rules.move(id, slot.first, slot.second)});
    }
  }
}

/// Whom a queue of a programme lets in may do more than the others: they come later.
void Probe::offer_tickets(const Rules& rules) {
  for (const std::string& queue : Workload::queues()) {
    if (!is_line_empty(queue)) continue;
    for (std::size_t i = 0; i < scene_.plan.people; ++i) {
      const std::string who = company_.workload.person(i);
      const Rules::Verdict must = rules.ticket(queue, who);
      const bool is_let_in = queue == kLine && must.code == Code::None;
      if (!is_let_in) offer({kTypeOf<TicketRequested>, {who, {}, {}, {}, {}}, queue, must});
    }
  }
}

bool Probe::is_line_empty(const std::string& queue) {
  const PartitionRef where = scene_.home(kQueueTopic, queue);
  const auto view =
      consumer_of<queue::Queue>(where).view(QueueId{queue}, company_.watch.replayed(where).time());
  return view && view->waiting == 0 && view->inside == 0;
}

std::string Probe::ask(const Question& question) {
  SimNode& node = service_.node();
  Workload& workload = company_.workload;
  const std::string& who = question.wish.who;
  const PartitionRef home = scene_.home(kBookingsTopic, who);
  switch (question.type) {
    case kTypeOf<TicketRequested>:
      return workload.ask_exactly(node, scene_.home(kQueueTopic, question.id),
                                  TicketRequested{QueueId{question.id}, PersonId{who}},
                                  Role::Person, who);
    case kTypeOf<BookingRequested>: {
      if (question.id.empty()) {
        return workload.ask_exactly(node, home, question.wish.as<BookingRequested>(), Role::Person,
                                    who);
      }
      BookingRequested said;
      said.person = PersonId{who};
      said.hold = HoldId{question.id};
      return workload.ask_exactly(node, home, said, Role::Person, who);
    }
    case kTypeOf<HoldRequested>:
      return workload.ask_exactly(node, home, question.wish.as<HoldRequested>(), Role::Person, who);
    case kTypeOf<CancelRequested>:
      return workload.ask_exactly(node, home,
                                  CancelRequested{AppointmentId{question.id}, PersonId{who}},
                                  Role::Person, who);
    default:
      break;
  }
  RescheduleRequested said;
  said.appointment = AppointmentId{question.id};
  said.person = PersonId{who};
  said.site = SiteId{question.wish.site};
  said.slot = SlotId{question.wish.slot};
  return workload.ask_exactly(node, home, said, Role::Person, who);
}

std::optional<Ledger::Told> Probe::put(const Question& question) {
  const std::string key = ask(question);
  wait();
  if (!scene_.is_good()) return std::nullopt;
  const Ledger::Told& told = ledger_.answers.at(key);
  const auto text = [](Code code) {
    return code == Code::None ? std::string("granted") : std::string(to_text(code));
  };
  const bool is_as_ruled = told.code == *question.must.code;
  trace_.expect(is_as_ruled, "rules",
                key + " " + text_of(question) + " is " + text(told.code) + ", and must be " +
                    text(*question.must.code));
  return is_as_ruled ? std::optional{told} : std::nullopt;
}

/// A hold that was granted becomes an appointment.
void Probe::put_hold(const Question& question) {
  const auto told = put(question);
  if (!told) return;
  Question next = question;
  next.type = kTypeOf<BookingRequested>;
  next.id = told->hold;
  put(next);
}

void Probe::wait() {
  const milliseconds begin = scene_.clock.passed();
  while (scene_.is_good() && company_.clients.unanswered() > 0) {
    service_.calm_step(kGap);
    const bool is_late = scene_.clock.passed() - begin > kAnsweredWithin;
    if (is_late)
      trace_.fail("liveness", "not answered in time: " + company_.clients.first_unanswered());
  }
  for (std::size_t i = 0; i < kSettleSteps && scene_.is_good(); ++i) service_.calm_step(kGap);
}

std::string Probe::text_of(const Question& question) const {
  const Workload::Wish& wish = question.wish;
  std::string text(name_of(question.type));
  for (const std::string* one :
       {&wish.who, &question.id, &wish.programme, &wish.product, &wish.site, &wish.slot}) {
    if (!one->empty()) text.append(" ").append(*one);
  }
  return text;
}

bool Probe::is_let_in(const std::string& who, const std::string& queue) {
  const PartitionRef where = scene_.home(kBookingsTopic, who);
  const LogTime time = company_.watch.replayed(where).time();
  const auto session = consumer_of<appointments::Appointments>(where).view().session(
      PersonId{who}, QueueId{queue}, time);
  const Instant now = std::max(time.now, scene_.clock.read().wall);
  return session && session->ends > now + kSessionMin;
}

/// Somebody who lacks nothing but an admission takes a ticket, and books once they are let in.
void Probe::book_when_let_in() {
  const std::string queue = kLine;
  if (!is_line_empty(queue)) return;
  const Rules before = rules();
  best_.reset();
  worth_ = 0;
  seen_.clear();
  shown_.clear();
  const Plan& plan = scene_.plan;
  for (std::size_t i = 0; i < plan.people; ++i) {
    for (const auto& [slot, told] : ledger_.slots) {
      const Workload::Wish wish{company_.workload.person(i), slot.first, slot.second, "a", "flu"};
      const Rules::Verdict must = before.booking(wish, true);
      const bool is_granted = must.code && *must.code == Code::None;
      const auto ticket = before.ticket(queue, wish.who).code;
      if (is_granted && ticket && *ticket == Code::None) {
        offer({kTypeOf<BookingRequested>, wish, {}, must});
      }
    }
  }
  if (!best_) return;
  const Question wanted = *best_;
  const Workload::Wish visitor{wanted.wish.who, {}, {}, {}, {}};
  if (!put({kTypeOf<TicketRequested>, visitor, queue, {Code::None}})) return;
  const milliseconds begin = scene_.clock.passed();
  while (scene_.is_good() && !is_let_in(visitor.who, queue)) {
    if (scene_.clock.passed() - begin > kLetInWithin) return;
    service_.calm_step(kGap);
  }
  if (scene_.is_good()) put(wanted);
}

}  // namespace jari::sim
