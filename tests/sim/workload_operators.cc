// What operators set, change and mend.

#include "consumers/model/topics.h"
#include "tests/sim/workload.h"

namespace jari::sim {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 86'400'000;

Day day_of(Instant at) {
  return {static_cast<std::int32_t>(at.ms / kDayMs)};
}

std::string own_record(RecordType type, Bytes body) {
  Envelope envelope;
  envelope.kind = RecordKind::Own;
  envelope.type = type;
  envelope.version = kLogicVersion;
  envelope.body = body;
  flat::Builder builder;
  return std::string(text_of(write_envelope(builder, envelope)));
}

}  // namespace

void Workload::set_programme(SimNode& node, const std::string& programme) {
  ProgrammeConfigured said;
  said.programme = ProgrammeId{programme};
  said.set = kEveryProgrammeField;
  said.name = "A programme";
  if (programme == "flu") said.queue = QueueId{"main"};
  said.cohorts = {
      {CohortId{"old"}, now() - milliseconds{kDayMs}, now() + milliseconds{900 * kDayMs}},
      {CohortId{"later"}, now() + milliseconds{chance_.between(1, 90) * kMinuteMs / 10},
       now() + milliseconds{900 * kDayMs}}};
  ProductSettings a;
  a.product = ProductId{"a"};
  a.doses = chance_.one_in(3) ? 1 : 2;
  a.interval_days_min = static_cast<std::int32_t>(chance_.below(3));
  a.interval_days_max = chance_.one_in(3) ? 20 : kNoLatestDay;
  a.follows = {ProductId{"b"}};
  ProductSettings b = a;
  b.product = ProductId{"b"};
  b.follows = {};
  said.products = {a, b};
  said.active_appointments_max = static_cast<std::uint32_t>(chance_.between(1, 2));
  said.hold_seconds = static_cast<std::uint32_t>(chance_.between(2, 60));
  said.rebook_seconds = chance_.one_in(2) ? 604'800 : 20;
  ask_as_operator(node, {kProgrammesTopic, 0}, said);
}

void Workload::set_queue(SimNode& node, const std::string& queue) {
  QueueConfigured said;
  said.queue = QueueId{queue};
  said.set = kEveryQueueField;
  said.programme = ProgrammeId{queue == "main" ? "flu" : "none"};
  said.rate_per_second = static_cast<std::uint32_t>(chance_.between(1, 20));
  said.inside_max = static_cast<std::uint32_t>(chance_.between(2, 10));
  said.session_seconds = static_cast<std::uint32_t>(chance_.between(2, 30));
  said.opens_at = now() - milliseconds{kMinuteMs};
  if (queue == "main" && plan_.has_prequeue) {
    said.opens_at = now() + milliseconds{chance_.between(2'000, 8'000)};
    said.prequeue = PrequeueSettings{now() - milliseconds{1'000}, said.opens_at - milliseconds{500},
                                     commitment_, chance_.one_in(2) ? "drand" : ""};
  }
  ask_as_operator(node, home(kQueueTopic, queue), said);
}

void Workload::change_queue(SimNode& node, const std::string& queue) {
  QueueConfigured said;
  said.queue = QueueId{queue};
  const auto sets = [&](QueueField field) { said.set |= static_cast<std::uint32_t>(field); };
  switch (chance_.below(6)) {
    case 0:
      sets(QueueField::Rate);
      said.rate_per_second = static_cast<std::uint32_t>(chance_.below(12));
      break;
    case 1:
      sets(QueueField::InsideMax);
      said.inside_max = static_cast<std::uint32_t>(chance_.below(8));
      break;
    case 2:
      sets(QueueField::SessionSeconds);
      said.session_seconds = static_cast<std::uint32_t>(chance_.between(1, 40));
      break;
    case 3:
      sets(QueueField::ClosesAt);
      said.closes_at = now() + milliseconds{chance_.between(-2'000, 20'000)};
      break;
    case 4:
      sets(QueueField::Rejoin);
      said.rejoin = chance_.one_in(2);
      break;
    default:
      sets(QueueField::Paused);
      said.paused = chance_.one_in(2);
      break;
  }
  ask_as_operator(node, home(kQueueTopic, queue), said);
}

void Workload::draw(SimNode& node, const std::string& queue) {
  const PrequeueDrawn said{QueueId{queue}, seed_, "round 7"};
  ask_as_operator(node, home(kQueueTopic, queue), said);
}

Instant Workload::any_start() {
  const std::int64_t ahead =
      chance_.one_in(3) ? chance_.between(5'000, 60'000) : chance_.between(kMinuteMs, 12 * kDayMs);
  return now() + milliseconds{ahead};
}

void Workload::publish_slot(SimNode& node, const std::string& site, const std::string& slot) {
  SlotPublished said;
  said.site = SiteId{site};
  said.slot = SlotId{slot};
  const auto known = ledger_.slots.find({site, slot});
  const bool stays = known != ledger_.slots.end() && !chance_.one_in(3);
  said.starts_at = stays ? known->second.starts_at : any_start();
  said.length_seconds = 600;
  said.capacity = static_cast<std::uint32_t>(chance_.between(chance_.one_in(4) ? 0 : 1, 5));
  said.starts_on = day_of(said.starts_at);
  said.zone = kZone;
  ask_as_operator(node, home(kInventoryTopic, site), said);
}

void Workload::change_stock(SimNode& node, const std::string& site) {
  const std::string product = chance_.pick(products());
  const StockChanged said{SiteId{site}, ProductId{product}, chance_.between(-4, 8),
                          chance_.one_in(4)};
  ask_as_operator(node, home(kInventoryTopic, site), said);
}

void Workload::grant(SimNode& node, const std::string& person, const std::string& programme) {
  EligibilityGranted said;
  said.person = PersonId{person};
  said.programme = ProgrammeId{programme};
  said.cohort = CohortId{chance_.one_in(5) ? "later" : "old"};
  if (chance_.one_in(4)) {
    said.doses_done = 1;
    said.last_dose_on = {day_of(now()).count - static_cast<std::int32_t>(chance_.below(6))};
    said.last_product = ProductId{"b"};
  }
  ask_as_operator(node, home(kBookingsTopic, person), said);
}

void Workload::hold_admissions(SimNode& node) {
  const bool on = chance_.one_in(3);
  Encoder encoder;
  for (PartitionNo no = 0; no < plan_.partitions; ++no) {
    const AdmissionHeld said{on, on ? "overload" : ""};
    clients_.append(node, {kQueueTopic, no},
                    own_record(kTypeOf<AdmissionHeld>, encoder.encode(said)));
  }
}

void Workload::reissue(SimNode& node) {
  const Reissue said{{kSyncTopic, static_cast<PartitionNo>(chance_.below(plan_.partitions))}, 1};
  flat::Builder body_builder;
  flat::Builder builder;
  Envelope envelope;
  envelope.kind = RecordKind::Reissue;
  envelope.asked = Asked{};
  envelope.asked->role = Role::Operator;
  envelope.asked->by = "ann";
  envelope.asked->reason = "a sink lost its tail";
  envelope.body = flat::write_root(body_builder, said);
  const PartitionRef where{kBookingsTopic,
                           static_cast<PartitionNo>(chance_.below(plan_.partitions))};
  clients_.append(node, where, std::string(text_of(write_envelope(builder, envelope))));
}

/// The first of the barrier's two steps; the second follows when every partition has read it.
void Workload::raise_barrier(SimNode& node) {
  flat::Builder body_builder;
  flat::Builder builder;
  Envelope envelope;
  envelope.kind = RecordKind::Barrier;
  envelope.body = flat::write_root(body_builder, Barrier{2, BarrierStep::Read});
  clients_.append(node, {kProgrammesTopic, 0},
                  std::string(text_of(write_envelope(builder, envelope))));
}

void Workload::act_apart(SimNode& node, const std::set<PartitionRef>& but) {
  const std::string who = anybody();
  const std::string site = any_site();
  const std::string queue = chance_.pick(queues());
  if (!but.contains(home(kBookingsTopic, who))) grant(node, who, chance_.pick(programmes()));
  if (!but.contains(home(kInventoryTopic, site))) change_stock(node, site);
  const PartitionRef line = home(kQueueTopic, queue);
  if (but.contains(line)) return;
  ask(node, line, TicketRequested{QueueId{queue}, PersonId{who}}, Role::Person, who);
}

void Workload::open_all(SimNode& node) {
  for (const std::string& queue : queues()) {
    const auto known = ledger_.queues.find(queue);
    if (known == ledger_.queues.end()) continue;
    QueueConfigured said;
    said.queue = QueueId{queue};
    said.set = static_cast<std::uint32_t>(QueueField::Rate) |
               static_cast<std::uint32_t>(QueueField::InsideMax) |
               static_cast<std::uint32_t>(QueueField::ClosesAt) |
               static_cast<std::uint32_t>(QueueField::SessionSeconds) |
               static_cast<std::uint32_t>(QueueField::Paused);
    said.rate_per_second = static_cast<std::uint32_t>(chance_.between(1, 6));
    said.inside_max = static_cast<std::uint32_t>(chance_.between(1, 6));
    said.session_seconds = static_cast<std::uint32_t>(chance_.between(1, 4));
    ask_as_operator(node, home(kQueueTopic, queue), said);
    draw(node, queue);
  }
  Encoder encoder;
  for (PartitionNo no = 0; no < plan_.partitions; ++no) {
    clients_.append(node, {kQueueTopic, no},
                    own_record(kTypeOf<AdmissionHeld>, encoder.encode(AdmissionHeld{})));
  }
}

}  // namespace jari::sim
