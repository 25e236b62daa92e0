// What became of a request, by its key.
#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"
#include "consumers/api/routes.h"
#include "consumers/api/turned_away.h"

namespace jari::api {
namespace {

struct Found {
  PartitionRef where;
  requests::RequestRow row;
};

/// Which partitions may know a key: a person's own, and every queue; an operator's keys lie with
/// what they act on, so anywhere.
std::vector<PartitionRef> partitions_of(const World& world, const Caller& caller) {
  std::vector<PartitionRef> all;
  for (PartitionNo i = 0; i < world.queues.size(); ++i) all.push_back({kQueueTopic, i});
  if (caller.role == Role::Person) {
    all.push_back(world.home_of(kBookingsTopic, caller.name));
    return all;
  }
  for (PartitionNo i = 0; i < world.bookings.size(); ++i) all.push_back({kBookingsTopic, i});
  for (PartitionNo i = 0; i < world.sites.size(); ++i) all.push_back({kInventoryTopic, i});
  all.push_back(kProgrammesHome);
  return all;
}

std::optional<Found> find(const World& world, const std::vector<PartitionRef>& partitions,
                          const Caller& caller, std::string_view request) {
  const Hash128 key = requests::key_of(caller.role, caller.name, request);
  for (const PartitionRef where : partitions) {
    if (const auto row = remembered(world, where, key)) return Found{where, *row};
  }
  return std::nullopt;
}

/// A grant for many people is as many records, each with a key of its own that follows from the
/// call's.
std::size_t count_parts(const World& world, const std::vector<PartitionRef>& partitions,
                        const Caller& caller, std::string_view request) {
  std::size_t count = 1;
  while (find(world, partitions, caller, key_of_part(request, count))) ++count;
  return count;
}

void look(const World& world, const Turn& turn, Call& call) {
  const std::string& key = call.captures[0];
  const auto partitions = partitions_of(world, call.caller);
  const auto found = find(world, partitions, call.caller, key);
  const Hash128 hash = requests::key_of(call.caller.role, call.caller.name, key);
  if (!found && call.turned_away != nullptr && call.turned_away->find(hash) != nullptr) {
    call.key = key;
    return refuse(call.reply, *call.turned_away->find(hash));
  }
  if (!found) {
    return refuse(call.reply,
                  {.code = Code::NotFound,
                   .detail = "This request is not known, or no longer: send it again with the "
                             "same key."});
  }
  touch(call.reply, turn, found->where);
  call.key = key;
  if (found->row.pending) {
    call.reply.kind = Reply::Kind::Pending;
    call.reply.status = 202;
    return;
  }
  if (found->row.asked == kTypeOf<EligibilityGranted>) {
    call.appends.resize(count_parts(world, partitions, call.caller, key));
  }
  show_remembered(world, turn, found->where, hash, key, call);
  const bool is_programme = found->row.asked == kTypeOf<ProgrammeConfigured>;
  if (!is_programme || call.reply.kind == Reply::Kind::Refused) return;
  const ProgrammeId programme{world.programmes.front()->outcome_of(found->row, key).programme};
  auto missing = lacking(world, programme, found->row.version);
  if (missing.empty()) return;
  call.reply.kind = Reply::Kind::Pending;
  call.reply.status = 202;
  call.reply.missing = std::move(missing);
}

}  // namespace

std::string key_of_part(std::string_view request, std::size_t part) {
  if (part == 0) return std::string(request);
  return to_text(hash128(bytes_of(std::string(request) + "/" + std::to_string(part))));
}

void add_request_routes(std::vector<Route>& to) {
  to.push_back({.pattern = "/v1/requests/{key}",
                .access = Access::Anyone,
                .may_be_limited = true,
                .is_of_a_change = true,
                .look = look});
}

}  // namespace jari::api
