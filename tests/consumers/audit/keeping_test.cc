// What the auditor keeps of a log that only grows longer.

#include "consumers/audit/auditor.h"
#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/stories.h"

namespace jari::audit {
namespace {

constexpr int kRounds = 40;

/// What the auditor kept at most of records while it read the log, and of all else at its end.
struct Memory {
  std::size_t most_waiting = 0;
  Kept kept;
};
Memory memory_of(Log& log) {
  const Records records = records_of(log);
  Report report(records.identity);
  Auditor auditor(records.identity, report);
  Memory memory;
  records
      .read([&](const LogRecord& record) {
        auditor.take(record);
        memory.most_waiting = std::max(memory.most_waiting, auditor.waiting());
        return true;
      })
      .value();
  auditor.finish();
  EXPECT_EQ(auditor.waiting(), 0U);
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  memory.kept = auditor.kept();
  return memory;
}

/// Settings, a slot's places and its sale, to and fro.
void set_again(SmallDay& day, int round) {
  const auto by = [&](const char* what) { return std::string(what) + std::to_string(round); };
  QueueConfigured queue;
  queue.queue = QueueId{"line"};
  queue.set = static_cast<std::uint32_t>(QueueField::Message);
  queue.message = round % 2 == 0 ? "soon" : "later";
  day.ask(day.home(kQueueTopic, "line"), queue, operator_with(by("message-")));
  ProgrammeConfigured programme;
  programme.programme = ProgrammeId{"flu"};
  programme.set = static_cast<std::uint32_t>(ProgrammeField::Name);
  programme.name = round % 2 == 0 ? "Flu" : "Influenza";
  day.ask(day.home(kProgrammesTopic, "flu"), programme, operator_with(by("name-")));
  SlotChanged slot;
  slot.site = SiteId{"north"};
  slot.slot = SlotId{"early"};
  slot.starts_at = Instant{1'626'087'600'000} + std::chrono::hours{30};
  slot.length_seconds = 600;
  slot.capacity = round % 2 == 0 ? 3 : 2;
  slot.starts_on = *parse_day("2021-07-13");
  slot.zone = "UTC";
  day.ask(day.home(kInventoryTopic, "north"), slot, operator_with(by("places-")));
}

/// A dose more, and requests that were decided in the morning.
void ask_again(SmallDay& day, int round) {
  day.ask(day.home(kInventoryTopic, "north"),
          StockChanged{SiteId{"north"}, ProductId{"vax"}, 1, false},
          operator_with("doses-" + std::to_string(round)));
  BookingRequested booking;  // slot-full then
  booking.person = PersonId{"p3"};
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"north"};
  booking.slot = SlotId{"early"};
  booking.product = ProductId{"vax"};
  day.ask(day.home(kBookingsTopic, "p3"), booking, person_with("p3", "book-3"));
  day.ask(day.home(kQueueTopic, "line"), TicketRequested{QueueId{"line"}, PersonId{"p1"}},
          person_with("p1", "ticket-p1"));
}

// No person, slot, ticket or appointment more.
TEST(Audit, KeepsNoMoreOfALongerLog) {
  SmallDay longer;
  const std::uint64_t before = records_of(longer.log()).count;
  for (int round = 0; round < kRounds; ++round) {
    set_again(longer, round);
    ask_again(longer, round);
    longer.pass(milliseconds{1'000});
  }
  longer.pass(milliseconds{12'000});
  EXPECT_EQ(longer.code("places-0"), to_text(Code::None));
  EXPECT_EQ(longer.code("doses-1"), to_text(Code::None));
  EXPECT_EQ(longer.code("book-3"), "slot-full");
  ASSERT_GT(records_of(longer.log()).count, 2 * before);
  const Memory day = memory_of(whole_day().log());
  Memory more = memory_of(longer.log());
  EXPECT_EQ(more.most_waiting, day.most_waiting);
  for (const char* table : {"names", "tickets", "sessions", "documents", "slots", "streams"}) {
    EXPECT_GT(day.kept.at(table), 0U) << table;
  }
  // A day's request ids, four a round, and a hash of each version of a programme are what audit.h
  // says that grows; two have a bound of their own.
  EXPECT_EQ(more.kept.at("request ids"), day.kept.at("request ids") + std::size_t{4} * kRounds);
  EXPECT_EQ(more.kept.at("versions of programmes"),
            day.kept.at("versions of programmes") + std::size_t{kRounds});
  EXPECT_LE(more.kept.at("rows of streams"), 64 * more.kept.at("streams"));
  EXPECT_LE(more.kept.at("digests"), 4'096 * longer.log().identity().partitions().size());
  for (const char* table : {"request ids", "request ids with an end", "versions of programmes",
                            "rows of streams", "digests"}) {
    more.kept.erase(table);
  }
  for (const auto& [table, rows] : more.kept) EXPECT_LE(rows, day.kept.at(table)) << table;
}

}  // namespace
}  // namespace jari::audit
