#include "consumers/audit/audit.h"

#include <gmock/gmock.h>

#include "tests/consumers/audit/audit_world.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;

const std::string kSeed(64, '7');

Asked operator_with(std::string_view request) {
  Asked asked;
  asked.request = request;
  asked.role = Role::Operator;
  asked.by = "ann";
  asked.reason = "the plan";
  return asked;
}

Asked person_with(std::string_view person, std::string_view request) {
  Asked asked;
  asked.request = request;
  asked.role = Role::Person;
  asked.by = person;
  return asked;
}

/// A day of a small programme: five people, a line, holds, a withdrawal, an operator's booking.
class Day1 : public World {
 public:
  Day1() {
    set_up();
    line_up();
    book();
    pass(milliseconds{12'000});
  }

 private:
  static constexpr Instant kNow{1'626'087'600'000};

  void publish_programme() {
    ProgrammeConfigured programme;
    programme.programme = ProgrammeId{"flu"};
    programme.set = kEveryProgrammeField;
    programme.name = "Flu";
    programme.queue = QueueId{"line"};
    programme.cohorts = {{CohortId{"all"}, kNow, kNever}};
    ProductSettings product;
    product.product = ProductId{"vax"};
    programme.products = {product};
    programme.hold_seconds = 60;
    ask(home(kProgrammesTopic, "flu"), programme, operator_with("programme"));
    QueueConfigured queue;
    queue.queue = QueueId{"line"};
    queue.set = kEveryQueueField;
    queue.programme = ProgrammeId{"flu"};
    queue.opens_at = kNow + seconds{4};
    queue.rate_per_second = 2;
    queue.inside_max = 10;
    queue.session_seconds = 300;
    queue.prequeue = PrequeueSettings{kNow, kNow + seconds{2}, commitment(), {}};
    ask(home(kQueueTopic, "line"), queue, operator_with("queue"));
  }
  static std::string_view commitment() {
    static const std::string hash = to_hex(Bytes(sha256(bytes_of(*from_hex(kSeed)))));
    return hash;
  }
  void publish_slot(const char* slot, std::uint32_t capacity) {
    SlotPublished said;
    said.site = SiteId{"north"};
    said.slot = SlotId{slot};
    said.starts_at = kNow + std::chrono::hours{30};
    said.length_seconds = 600;
    said.capacity = capacity;
    said.starts_on = *parse_day("2021-07-13");
    said.zone = "UTC";
    ask(home(kInventoryTopic, "north"), said, operator_with(slot));
  }
  void set_up() {
    publish_programme();
    SitePublished site;
    site.site = SiteId{"north"};
    site.name = "North";
    site.region = "n";
    site.zone = "UTC";
    ask(home(kInventoryTopic, "north"), site, operator_with("site"));
    publish_slot("early", 2);
    publish_slot("late", 3);
    ask(home(kInventoryTopic, "north"), StockChanged{SiteId{"north"}, ProductId{"vax"}, 4, false},
        operator_with("stock"));
    for (const char* who : {"p1", "p2", "p3", "p4", "p5", "p6"}) {
      EligibilityGranted eligible;
      eligible.person = PersonId{who};
      eligible.programme = ProgrammeId{"flu"};
      eligible.cohort = CohortId{"all"};
      ask(home(kBookingsTopic, who), eligible, operator_with(std::string("may-") + who));
    }
  }
  void line_up() {
    for (const char* who : {"p1", "p2", "p3", "p4", "p5"}) {
      ask(home(kQueueTopic, "line"), TicketRequested{QueueId{"line"}, PersonId{who}},
          person_with(who, std::string("ticket-") + who));
    }
    pass(milliseconds{2'400});
    ask(home(kQueueTopic, "line"), PrequeueDrawn{QueueId{"line"}, kSeed, {}},
        operator_with("draw"));
    pass(milliseconds{6'000});
  }
  void book_slot(const char* who, const char* slot, const Asked& asked) {
    BookingRequested booking;
    booking.person = PersonId{who};
    booking.programme = ProgrammeId{"flu"};
    booking.site = SiteId{"north"};
    booking.slot = SlotId{slot};
    booking.product = ProductId{"vax"};
    ask(home(kBookingsTopic, who), booking, asked);
  }
  void book() {
    book_slot("p1", "early", person_with("p1", "book-1"));
    book_slot("p2", "early", person_with("p2", "book-2"));
    book_slot("p3", "early", person_with("p3", "book-3"));  // slot-full
    HoldRequested hold;
    hold.person = PersonId{"p3"};
    hold.programme = ProgrammeId{"flu"};
    hold.site = SiteId{"north"};
    hold.slot = SlotId{"late"};
    hold.product = ProductId{"vax"};
    ask(home(kBookingsTopic, "p3"), hold, person_with("p3", "hold-3"));
    BookingRequested held;
    held.person = PersonId{"p3"};
    const std::string id = made("hold-3");
    held.hold = HoldId{id};
    ask(home(kBookingsTopic, "p3"), held, person_with("p3", "book-held"));
    book_slot("p6", "late", operator_with("call-centre"));
    book_slot("p4", "late", person_with("p4", "book-4"));  // out-of-stock
    ask(home(kInventoryTopic, "north"), SlotWithdrawn{SiteId{"north"}, SlotId{"late"}, true},
        operator_with("withdraw"));
    pass(milliseconds{1'000});
    const std::string first = made("book-1");
    ask({kBookingsTopic, parse_appointment(first)->partition()},
        CancelRequested{AppointmentId{first}, PersonId{"p1"}}, person_with("p1", "cancel-1"));
    book_slot("p6", "early", person_with("p6", "rebook-6"));  // by right
  }
};

/// The report on the day with one record altered.
struct Found {
  std::unique_ptr<SimulatedLog> log;
  Report report;
};

class AuditTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { day_ = new Day1; }
  static void TearDownTestSuite() {
    delete day_;
    day_ = nullptr;
  }
  static Found audit_with(const Edit& edit) {
    auto log = altered(day_->log(), edit);
    Report report = audit(*log).value();
    return {std::move(log), std::move(report)};
  }
  static std::string lines_of(const Report& report) {
    std::string all;
    for (const auto& one : report.violations()) all += report.line_of(one) + "\n";
    return all;
  }
  static void expect_found(Rule rule, std::string_view why, const Edit& edit) {
    const Found found = audit_with(edit);
    EXPECT_GT(found.report.violations_of(rule), 0U) << lines_of(found.report);
    EXPECT_THAT(lines_of(found.report), HasSubstr(std::string(why)));
  }
  static Day1* day_;
};
Day1* AuditTest::day_ = nullptr;

TEST_F(AuditTest, TheDayWentAsTold) {
  EXPECT_EQ(day_->code("book-2"), to_text(Code::None));
  EXPECT_EQ(day_->code("book-3"), "slot-full");
  EXPECT_EQ(day_->code("book-held"), to_text(Code::None));
  EXPECT_EQ(day_->code("call-centre"), to_text(Code::None));
  EXPECT_EQ(day_->code("book-4"), "out-of-stock");
  EXPECT_EQ(day_->code("cancel-1"), to_text(Code::None));
  EXPECT_EQ(day_->code("rebook-6"), to_text(Code::None));
}

TEST_F(AuditTest, FindsNothingInAGoodLog) {
  const Found found = audit_with({});
  EXPECT_TRUE(found.report.is_good()) << lines_of(found.report);
  for (std::uint8_t rule = 1; rule <= kRules; ++rule) {
    EXPECT_GT(found.report.checks_of(Rule{rule}), 0U) << to_text(Rule{rule});
  }
  EXPECT_THAT(found.report.json(), HasSubstr("\"ok\":true"));
  EXPECT_THAT(found.report.html(), HasSubstr("operator ann made"));
}

TEST_F(AuditTest, FindsASlotSoldTwice) {
  expect_found(Rule::I1, "1 places", alters<SlotPublished>([](SlotPublished& said, Envelope&) {
                 if (said.slot.text != "early") return false;
                 said.capacity = 1;
                 return true;
               }));
}

TEST_F(AuditTest, FindsADoseSoldTwice) {
  expect_found(Rule::I1, "doses of vax", alters<StockChanged>([](StockChanged& said, Envelope&) {
                 said.doses = 2;
                 return true;
               }));
}

TEST_F(AuditTest, FindsMoreActiveAppointmentsThanAllowed) {
  expect_found(Rule::I2, "active appointments",
               alters<ProgrammeConfigured>([](ProgrammeConfigured& said, Envelope& envelope) {
                 if (envelope.kind != RecordKind::Effect ||
                     envelope.stream->destination.topic != kBookingsTopic) {
                   return false;
                 }
                 said.active_appointments_max = 0;
                 return true;
               }));
}

TEST_F(AuditTest, FindsABookingWithoutAnAdmission) {
  expect_found(Rule::I3, "without an admission", alters<Admitted>([](Admitted& said, Envelope&) {
                 if (said.person.text != "p2") return false;
                 said.session_seconds = 0;
                 return true;
               }));
}

TEST_F(AuditTest, FindsARightThatWasNotThere) {
  expect_found(Rule::I3, "a right to rebook that was not there",
               alters<Outcome>([](Outcome& said, Envelope&) {
                 if (said.request != "book-2") return false;
                 said.used_rebook_right = true;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnOperatorsBookingWithoutAReason) {
  expect_found(Rule::I3, "without name and reason",
               alters<BookingRequested>([](BookingRequested&, Envelope& envelope) {
                 if (envelope.asked->role != Role::Operator) return false;
                 envelope.asked->reason = {};
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnAdmissionBeyondTheRate) {
  expect_found(Rule::I4, "a second", alters<QueueConfigured>([](QueueConfigured& said, Envelope&) {
                 said.rate_per_second = 1;
                 return true;
               }));
}

TEST_F(AuditTest, FindsMoreInsideThanMayBe) {
  expect_found(Rule::I4, "inside", alters<QueueConfigured>([](QueueConfigured& said, Envelope&) {
                 said.inside_max = 1;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnAdmissionBeforeTheOpening) {
  expect_found(Rule::I4, "before it opened",
               alters<QueueConfigured>([](QueueConfigured& said, Envelope&) {
                 said.opens_at = said.opens_at + seconds{60};
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnAdmissionWhilePaused) {
  expect_found(Rule::I4, "while paused",
               alters<QueueConfigured>([](QueueConfigured& said, Envelope&) {
                 said.paused = true;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnotherOrderThanTheDraws) {
  expect_found(Rule::I4, "has the place", alters<Admitted>([](Admitted& said, Envelope&) {
                 said.place = said.place % 5 + 1;
                 return true;
               }));
}

TEST_F(AuditTest, FindsASeedThatWasNotCommittedTo) {
  expect_found(Rule::I4, "committed to", alters<PrequeueDrawn>([](PrequeueDrawn& said, Envelope&) {
                 static const std::string other(64, '8');
                 said.seed = other;
                 return true;
               }));
}

TEST_F(AuditTest, FindsATicketNumberThatWasSkipped) {
  expect_found(Rule::I4, "was next", alters<Outcome>([](Outcome& said, Envelope&) {
                 if (said.request != "ticket-p2") return false;
                 said.ticket = 9;
                 return true;
               }));
}

TEST_F(AuditTest, FindsATicketNumberGivenTwice) {
  expect_found(Rule::I4, "was given before", alters<Outcome>([](Outcome& said, Envelope&) {
                 if (said.request != "ticket-p2") return false;
                 said.ticket = 1;
                 return true;
               }));
}

TEST_F(AuditTest, FindsARequestThatWasDecidedTwice) {
  expect_found(Rule::I5, "decided twice", alters<Outcome>([](Outcome& said, Envelope&) {
                 if (said.request != "ticket-p2") return false;
                 said.request = "ticket-p1";
                 return true;
               }));
}

TEST_F(AuditTest, FindsTwoDigestsOfOneState) {
  std::map<PartitionRef, Tick> first;
  expect_found(Rule::I6, "different digests",
               [&](const LogRecord& record, Envelope& envelope, std::string& body) {
                 Tick tick;
                 if (envelope.kind != RecordKind::Tick) return false;
                 EXPECT_TRUE(flat::read_root(envelope.body, tick));
                 const auto [before, is_new] = first.try_emplace(record.where, tick);
                 if (is_new || before->second.digest == tick.digest) return false;
                 tick.upto = before->second.upto;
                 flat::Builder builder;
                 body = text_of(flat::write_root(builder, tick));
                 return true;
               });
}

TEST_F(AuditTest, FindsAnEpochThatWasLeftOut) {
  expect_found(Rule::I6, "was claimed after", alters_own<Claim>(RecordKind::Claim, [](Claim& one) {
                 one.epoch += 1;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAVersionThatWasLeftOut) {
  expect_found(Rule::I7, "after version",
               [](const LogRecord&, Envelope& envelope, std::string& body) {
                 const auto at = body.find("\"version\":2");
                 if (envelope.type != kAppointmentRow || at == std::string::npos) return false;
                 body.replace(at, 11, "\"version\":4");
                 return true;
               });
}

TEST_F(AuditTest, FindsAPlaceThatSyncDoesNotKnow) {
  expect_found(Rule::I7, "in sync", [](const LogRecord&, Envelope& envelope, std::string& body) {
    const auto at = body.find("\"state\":\"booked\"");
    const bool is_it = envelope.type == kAppointmentRow && at != std::string::npos &&
                       body.find("\"person\":\"p2\"") != std::string::npos;
    if (is_it) body.replace(at, 16, "\"state\":\"cancelled\"");
    return is_it;
  });
}

TEST_F(AuditTest, FindsAnEffectThatIsMissing) {
  expect_found(Rule::I8, "is missing", alters<Reserve>([](Reserve&, Envelope& envelope) {
                 ++envelope.stream->seq;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnEffectThatWasAltered) {
  expect_found(Rule::I8, "does not continue the chain",
               alters<ProgrammeConfigured>([](ProgrammeConfigured&, Envelope& envelope) {
                 if (!envelope.stream) return false;
                 ++envelope.stream->prev_hash.low;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnAnswerThatWasLost) {
  expect_found(Rule::I8, "answer", [](const LogRecord&, Envelope& envelope, std::string& body) {
    if (envelope.type != kTypeOf<ReservationRefused>) return false;
    Encoder encoder;
    envelope.type = kTypeOf<HoldEnded>;
    body = text_of(encoder.encode(HoldEnded{}));
    return true;
  });
}

TEST_F(AuditTest, FindsATailThatWasLost) {
  expect_found(Rule::I8, "a tail was lost", alters_own<Ack>(RecordKind::Ack, [](Ack& ack) {
                 ack.last += 1000;
                 return true;
               }));
}

TEST_F(AuditTest, FindsAnOperatorsActWithoutAName) {
  expect_found(Rule::I9, "without a name",
               alters<SlotPublished>([](SlotPublished&, Envelope& envelope) {
                 envelope.asked->by = {};
                 return true;
               }));
}

}  // namespace
}  // namespace jari::audit
