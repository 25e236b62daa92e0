#include "consumers/model/acts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jari {
namespace {

constexpr std::array<std::pair<RecordType, std::string_view>, 18> kActs{{
    {kTypeOf<QueueConfigured>, "set up or changed a queue"},
    {kTypeOf<PrequeueDrawn>, "revealed the seed and held the draw"},
    {kTypeOf<TicketRequested>, "took a ticket for somebody"},
    {kTypeOf<TicketReturned>, "gave a ticket back for somebody"},
    {kTypeOf<ProgrammeConfigured>, "set up or changed a programme"},
    {kTypeOf<EligibilityGranted>, "made somebody eligible"},
    {kTypeOf<EligibilityRevoked>, "took somebody's eligibility away"},
    {kTypeOf<AttendanceRecorded>, "recorded who came"},
    {kTypeOf<BookingRequested>, "booked for somebody"},
    {kTypeOf<CancelRequested>, "cancelled somebody's appointment"},
    {kTypeOf<RescheduleRequested>, "moved somebody's appointment"},
    {kTypeOf<HoldRequested>, "held a place for somebody"},
    {kTypeOf<HoldReleaseRequested>, "gave a held place back"},
    {kTypeOf<SitePublished>, "set up or changed a site"},
    {kTypeOf<SlotPublished>, "published or changed a slot"},
    {kTypeOf<SlotChanged>, "changed a slot"},
    {kTypeOf<SlotWithdrawn>, "withdrew a slot"},
    {kTypeOf<StockChanged>, "changed the stock of a site"},
}};

}  // namespace

std::string_view act_of(RecordType type) {
  const auto* const at =
      std::find_if(kActs.begin(), kActs.end(), [&](const auto& one) { return one.first == type; });
  return at == kActs.end() ? name_of(type) : at->second;
}

}  // namespace jari
