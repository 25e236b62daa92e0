#include "consumers/model/ids.h"

#include <gtest/gtest.h>

#include "consumers/model/outcome.h"

namespace jari {
namespace {

TEST(Ids, AreOneToSixtyFourOfTheAlphabet) {
  for (const std::string_view good : {"a", "A-Z.a_z:0-9", "0"}) EXPECT_TRUE(is_id(good)) << good;
  EXPECT_TRUE(is_id(std::string(64, 'x')));
  EXPECT_FALSE(is_id(std::string(65, 'x')));
  for (const std::string_view bad : {"", " ", "a b", "a/b", "a\n", "ä", "a,b", "a\"b"}) {
    EXPECT_FALSE(is_id(bad)) << bad;
  }
  EXPECT_FALSE(is_id(std::string_view{"a\0b", 3}));
}

TEST(Ids, AMadeIdNamesItsPartitionAndComesBack) {
  const MadeId id = make_id(3, 1042);
  EXPECT_EQ(appointment_text(id), "a3-1042");
  EXPECT_EQ(hold_text(id), "h3-1042");
  EXPECT_EQ(id.partition(), 3);
  EXPECT_EQ(parse_appointment("a3-1042"), id);
  EXPECT_EQ(parse_hold("h3-1042"), id);
  EXPECT_FALSE(make_id(0, 0).empty());
  EXPECT_EQ(parse_appointment(appointment_text(make_id(65535, 1ULL << 40))),
            make_id(65535, 1ULL << 40));
}

TEST(Ids, WhatIsNoMadeIdGivesNothing) {
  for (const std::string_view bad :
       {"", "a", "a3", "a3-", "a-5", "h3-1042", "a03-5", "a3-05", "a3-5x", "a70000-1", "a-1-2",
        "a3-99999999999999999999", "a3-281474976710655", "A3-5", "a3 5"}) {
    EXPECT_FALSE(parse_appointment(bad).has_value()) << bad;
  }
}

TEST(Outcome, AnAppointmentAsADocument) {
  Appointment one;
  one.appointment = AppointmentId{"a0-1"};
  one.programme = ProgrammeId{"flu"};
  one.person = PersonId{"alice"};
  one.site = SiteId{"site"};
  one.slot = SlotId{"slot"};
  one.product = ProductId{"p"};
  one.dose = 2;
  one.starts_at = Instant{1626087600000};
  one.zone = "Asia/Seoul";
  one.state = AppointmentState::Booked;
  one.version = 3;
  std::string json;
  append_json(json, one, Instant{1626087600001});
  EXPECT_EQ(json, R"({"appointment":"a0-1","programme":"flu","person":"alice","site":"site",)"
                  R"("slot":"slot","product":"p","dose":2,"starts_at":"2021-07-12T11:00:00.000Z",)"
                  R"("zone":"Asia/Seoul","state":"booked","version":3,)"
                  R"("as_of":"2021-07-12T11:00:00.001Z"})");
  one.state = AppointmentState::Cancelled;
  one.cancelled_by = CancelledBy::Withdrawal;
  one.slot_withdrawn = true;
  one.rebook_until = Instant{1626087600000};
  json.clear();
  append_json(json, one, Instant{0});
  EXPECT_NE(json.find(R"("state":"cancelled","cancelled_by":"withdrawal",)"
                      R"("slot_state":"withdrawn","rebook_until":"2021-07-12T11:00:00.000Z")"),
            std::string::npos);
}

}  // namespace
}  // namespace jari
