// What is read of a record before the rules meet it.

#include <gmock/gmock.h>

#include "consumers/audit/audit.h"
#include "consumers/audit/auditor.h"
#include "consumers/audit/documents.h"
#include "consumers/audit/read_ahead.h"
#include "tests/consumers/audit/audit_world.h"

namespace jari::audit {
namespace {

Appointment appointment() {
  Appointment one;
  one.appointment = AppointmentId{"a1-77"};
  one.programme = ProgrammeId{"flu"};
  one.person = PersonId{"p1"};
  one.site = SiteId{"north"};
  one.slot = SlotId{"early"};
  one.product = ProductId{"vax"};
  one.dose = 1;
  one.starts_at = {1'626'195'600'000};
  one.zone = "Asia/Seoul";
  one.state = AppointmentState::Booked;
  one.version = 1;
  return one;
}

std::string json_of(const Appointment& one) {
  std::string text;
  append_json(text, one, {1'626'087'600'000});
  return text;
}

TEST(AuditOpening, ADocumentAsJariWritesItIsReadAsAnyJsonIs) {
  Names names;
  std::vector<Appointment> all(4, appointment());
  all[1].state = AppointmentState::Cancelled;
  all[1].cancelled_by = CancelledBy::Withdrawal;
  all[1].slot_withdrawn = true;
  all[1].rebook_until = {1'626'800'000'000};
  all[1].version = 4'000'000'000;
  all[2].state = AppointmentState::Missed;
  all[3].slot_withdrawn = true;
  for (const Appointment& one : all) {
    const auto read = read_document(names, json_of(one));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read, read_any_document(names, json_of(one)));
    EXPECT_EQ(read->version, one.version);
    EXPECT_EQ(read->rebook_until, one.rebook_until);
    EXPECT_EQ(names.text(read->slot), "early");
  }
}

// Whoever forges a document may write it as they like: it says what any reader of JSON reads.
TEST(AuditOpening, WhatIsWrittenOtherwiseIsReadAsAnyJsonIs) {
  Names names;
  const std::string good = json_of(appointment());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& text :
       {good + " ", with("early", "e\\u0061rly"), with("\"dose\":1", "\"dose\":01"),
        with("\"dose\":1", "\"dose\": 1"), with("\"version\":1", "\"version\":1.0"),
        with("\"version\":1", "\"version\":-1"), with("north", "n\xc3\xb6rd"),
        with("north", "n\xff"), with("\"dose\":1,", "\"dose\":1,\"dose\":1,"),
        good.substr(0, good.size() - 1), good + good, std::string("[1]"), std::string()}) {
    EXPECT_EQ(read_document(names, text), read_any_document(names, text)) << text;
  }
}

TEST(AuditOpening, EachTextHasOneNumberHoweverManyThereAre) {
  Names names;
  EXPECT_EQ(names.intern(""), 0U);
  constexpr Name kMany = 70'000;  // more than one part
  for (Name i = 1; i <= kMany; ++i) ASSERT_EQ(names.intern("text-" + std::to_string(i)), i);
  for (Name i = 1; i <= kMany; ++i) ASSERT_EQ(names.text(i), "text-" + std::to_string(i));
  EXPECT_EQ(names.intern("text-4711"), 4711U);
  const std::string longer(100'000, 'x');  // than a piece
  EXPECT_EQ(names.text(names.intern(longer)), longer);
  EXPECT_EQ(names.text(1), "text-1");
}

TEST(AuditOpening, ATextIsTheSameNumberHoweverLongItIs) {
  Names names;
  std::vector<std::string> texts;  // that begin alike, with and without room in a row
  for (std::size_t size = 20; size < 70; ++size) texts.emplace_back(size, 'x');
  std::vector<Name> numbers;
  for (const std::string& text : texts) numbers.push_back(names.intern(text));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Names::Hash hash = names.expect(texts[i]);
    names.expect_soon(hash);
    EXPECT_EQ(names.intern(texts[i], hash), numbers[i]);
    EXPECT_EQ(names.text(numbers[i]), texts[i]);
  }
}

TEST(AuditOpening, WhatCannotBeReadIsSaidAfterTheRecordsBeforeIt) {
  Records records = records_of(whole_day().log());
  records.is_read_ahead = true;
  const auto all = records.read;
  records.read = [&all](const Log::Visit& visit) -> Result<void> {
    if (auto read = all(visit); !read) return read;
    return Error{ErrorCode::BadBytes, "damaged"};
  };
  std::uint64_t told = 0;
  const auto report = audit(records, [&](std::uint64_t read) { told = read; });
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().detail, "damaged");
}

TEST(AuditOpening, WhoStopsTakingEndsTheReading) {
  const Records records = records_of(whole_day().log());
  std::uint64_t visits = 0;
  const ReadAhead::Read endless = [&](const Log::Visit& visit) -> Result<void> {
    bool goes_on = true;
    while (goes_on) {
      auto read = records.read([&](const LogRecord& record) {
        ++visits;
        goes_on = visit(record);
        return goes_on;
      });
      if (!read) return read;
    }
    return {};
  };
  Arrivals arrivals(records.identity);
  {
    ReadAhead ahead(endless, arrivals);
    EXPECT_FALSE(ahead.next({}).empty());
  }
  EXPECT_GT(visits, 0U);
}

}  // namespace
}  // namespace jari::audit
