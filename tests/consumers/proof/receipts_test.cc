#include "consumers/proof/receipts.h"

#include <gmock/gmock.h>

#include "consumers/proof/note.h"
#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/tale.h"

namespace jari::proof {
namespace {

using audit::person_with;
using audit::SmallDay;
using audit::Tale;
using audit::whole_day;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Wait kNoWait = [] { ADD_FAILURE() << "all of it is there"; };

Checkpoint published_of(Log& log) {
  return make_checkpoint(log, kNoWait).value();
}

using Receipts = std::map<std::string, Receipt>;
Result<Receipts> receipts_of(Log& log, const Checkpoint& checkpoint, const WantedReceipt& wanted) {
  Receipts all;
  const auto made =
      make_receipts(log, checkpoint, wanted, kNoWait,
                    [&](const std::string& name, const Receipt& receipt) -> Result<void> {
                      all.emplace(name, receipt);
                      return {};
                    });
  if (!made) return made.error();
  EXPECT_EQ(*made, all.size());
  return all;
}

Receipt receipt_of(Log& log, const Checkpoint& checkpoint, const WantedReceipt& wanted) {
  const auto all = receipts_of(log, checkpoint, wanted).value();
  EXPECT_THAT(all, SizeIs(1));
  return all.begin()->second;
}

OneAppointment second_booking() {
  return {whole_day().made("book-2")};
}

TEST(Receipt, ProvesAnAppointment) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const Receipt receipt = receipt_of(log, checkpoint, second_booking());
  EXPECT_EQ(receipt.topic, "sync");
  const auto read = parse_receipt(to_json(receipt)).value();
  EXPECT_TRUE(verify(read, checkpoint).has_value());
  const std::string words = words_of(read, checkpoint);
  EXPECT_THAT(words, HasSubstr("appointment " + whole_day().made("book-2") +
                               " of person p2: booked, site north, slot early at "
                               "2021-07-13T17:00:00.000Z (UTC), programme flu, product vax, "
                               "version 1, as of 2021-07-12T11:00:"));
  EXPECT_THAT(words,
              HasSubstr("It stands in sync " + std::to_string(receipt.partition) + " at offset " +
                        std::to_string(receipt.offset) + " of log " + to_text(checkpoint.log)));
}

// The newest version that the checkpoint covers, not the newest there is.
TEST(Receipt, IsOfTheVersionBelowItsCheckpoint) {
  SmallDay day;
  const std::string made = day.made("book-2");
  const Checkpoint before = published_of(day.log());
  day.ask({kBookingsTopic, parse_appointment(made)->partition()},
          CancelRequested{AppointmentId{made}, PersonId{"p2"}}, person_with("p2", "cancel-2"));
  const Checkpoint after = published_of(day.log());
  const OneAppointment wanted{made};
  const Receipt booked = receipt_of(day.log(), before, wanted);
  EXPECT_THAT(booked.says, HasSubstr("\"version\":1"));
  EXPECT_TRUE(verify(booked, before).has_value());
  const Receipt cancelled = receipt_of(day.log(), after, wanted);
  EXPECT_THAT(words_of(cancelled, after), HasSubstr("of person p2: cancelled"));
  EXPECT_THAT(cancelled.says, HasSubstr("\"version\":2"));
  EXPECT_TRUE(verify(cancelled, after).has_value());
  EXPECT_THAT(verify(booked, after).error().detail, HasSubstr("made for another checkpoint"));
}

TEST(Receipt, ProvesATicket) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const Receipt receipt = receipt_of(log, checkpoint, OneTicket{"line", 3});
  EXPECT_EQ(receipt.topic, "outcomes");
  EXPECT_TRUE(verify(parse_receipt(to_json(receipt)).value(), checkpoint).has_value());
  EXPECT_THAT(words_of(receipt, checkpoint),
              HasSubstr("request ticket-p3 (TicketRequested) of person p3: granted, ticket 3, "
                        "queue line"));
}

// A ticket is shown again to who asks again: the receipt is of the moment when it was given.
TEST(Receipt, IsOfTheFirstTimeATicketIsGiven) {
  SmallDay day;
  day.ask(day.home(kQueueTopic, "line"), TicketRequested{QueueId{"line"}, PersonId{"p3"}},
          person_with("p3", "again"));
  const Checkpoint checkpoint = published_of(day.log());
  const Receipt receipt = receipt_of(day.log(), checkpoint, OneTicket{"line", 3});
  EXPECT_THAT(receipt.says, HasSubstr("\"request\":\"ticket-p3\""));
}

TEST(Receipt, ProvesWhatWasDecidedOfARequest) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const Receipt refused = receipt_of(log, checkpoint, OneRequest{"book-3", {}});
  EXPECT_THAT(words_of(refused, checkpoint),
              HasSubstr("request book-3 (BookingRequested) of person p3: refused, slot-full"));
  const Receipt granted = receipt_of(log, checkpoint, OneRequest{"book-2", "p2"});
  EXPECT_THAT(words_of(granted, checkpoint),
              HasSubstr("appointment " + second_booking().appointment));
  EXPECT_TRUE(verify(granted, checkpoint).has_value());
  const Receipt setting = receipt_of(log, checkpoint, OneRequest{"site", {}});
  EXPECT_THAT(words_of(setting, checkpoint), HasSubstr("request site (SitePublished): granted"));
}

// Keys are each person's own.
TEST(Receipt, AsksWhoseWhereSeveralUsedTheKey) {
  SmallDay day;
  for (const char* who : {"p1", "p2"}) {
    day.ask(day.home(kQueueTopic, "line"), TicketRequested{QueueId{"line"}, PersonId{who}},
            person_with(who, "1"));
  }
  const Checkpoint checkpoint = published_of(day.log());
  const auto both = receipts_of(day.log(), checkpoint, OneRequest{"1", {}});
  ASSERT_FALSE(both.has_value());
  EXPECT_EQ(both.error().code, ErrorCode::BadArgument);
  EXPECT_THAT(both.error().detail, HasSubstr("2 people used that request id"));
  EXPECT_THAT(receipt_of(day.log(), checkpoint, OneRequest{"1", "p2"}).says, HasSubstr("\"p2\""));
}

TEST(Receipt, IsMadeOfEveryAppointmentAtOnce) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const Receipts all = receipts_of(log, checkpoint, EveryAppointment{}).value();
  EXPECT_THAT(all, SizeIs(5));  // p1, p2, p3, and p6 twice
  for (const auto& [name, receipt] : all) {
    EXPECT_TRUE(verify(receipt, checkpoint).has_value()) << name;
    EXPECT_EQ(to_json(receipt), to_json(receipt_of(log, checkpoint, OneAppointment{name})));
  }
}

TEST(Receipt, IsOfNothingThatIsNotThere) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const std::vector<WantedReceipt> absent{OneAppointment{"a0-9999"}, OneTicket{"line", 99},
                                          OneTicket{"other", 1}, OneRequest{"nobodys", {}},
                                          OneRequest{"book-2", "p1"}};
  for (const WantedReceipt& wanted : absent) {
    const auto made = receipts_of(log, checkpoint, wanted);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::NotFound);
  }
}

TEST(Receipt, IsNotMadeOfALogThatWasAltered) {
  const Checkpoint checkpoint = published_of(whole_day().log());
  Tale tale(whole_day().log());
  Tale::rewrite(tale.document("\"person\":\"p2\""), "\"slot\":\"early\"", "\"slot\":\"later\"");
  const auto altered = tale.log();
  EXPECT_THAT(receipts_of(*altered, checkpoint, second_booking()).error().detail,
              HasSubstr("is no longer what the checkpoint says"));
  const auto shorter = Tale(whole_day().log()).log();
  const PartitionRef sync{kSyncTopic, 0};
  const Offset whole = shorter->end(sync);
  while (shorter->end(sync) == whole) shorter->truncate(1);
  EXPECT_THAT(receipts_of(*shorter, checkpoint, EveryAppointment{}).error().detail,
              HasSubstr("shorter than the checkpoint"));
  Checkpoint foreign = checkpoint;
  ++foreign.log.low;
  EXPECT_EQ(receipts_of(whole_day().log(), foreign, second_booking()).error().code,
            ErrorCode::LogMismatch);
}

// Whatever letter of it is altered: it is no receipt, or it does not fit.
TEST(Receipt, NoLetterOfItCanBeAltered) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  for (const WantedReceipt& wanted :
       {WantedReceipt{second_booking()}, WantedReceipt{OneTicket{"line", 2}}}) {
    const std::string good = to_json(receipt_of(log, checkpoint, wanted));
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const char other : {static_cast<char>(good[at] ^ 1), '0', ' '}) {
        if (other == good[at]) continue;
        std::string broken = good;
        broken[at] = other;
        const auto receipt = parse_receipt(broken);
        if (!receipt) continue;
        EXPECT_FALSE(verify(*receipt, checkpoint).has_value()) << broken;
      }
    }
  }
}

TEST(Receipt, NoFieldOfItCanBeAltered) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const Receipt good = receipt_of(log, checkpoint, second_booking());
  const Receipt other = receipt_of(log, checkpoint, OneAppointment{whole_day().made("book-1")});
  ASSERT_TRUE(verify(good, checkpoint).has_value());
  const std::vector<std::function<void(Receipt&)>> kChanges{
      [](Receipt& one) { ++one.log.high; },
      [](Receipt& one) { one.checkpoint[0] ^= std::byte{1}; },
      [](Receipt& one) { one.topic = "outcomes"; },
      [](Receipt& one) { one.topic = "nothing"; },
      [](Receipt& one) { one.partition = one.partition == 0 ? 1 : 0; },
      [](Receipt& one) { one.partition = 9; },
      [](Receipt& one) { ++one.offset; },
      [](Receipt& one) { one.offset = one.size; },
      [](Receipt& one) { ++one.size; },
      [&](Receipt& one) { one.says = other.says; },
      [&](Receipt& one) { one.record = other.record; },
      [](Receipt& one) { one.record.pop_back(); },
      [](Receipt& one) { one.record.clear(); },
      [](Receipt& one) { one.proof.pop_back(); },
      [](Receipt& one) { one.proof.push_back(one.proof.front()); },
      [](Receipt& one) { std::swap(one.proof[0], one.proof[1]); },
      [](Receipt& one) { one.proof.clear(); }};
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    Receipt altered = good;
    kChanges[i](altered);
    EXPECT_FALSE(verify(altered, checkpoint).has_value()) << i;
  }
}

// A proof is good for any record of a log; a receipt is of a row alone. Anybody may send a request.
TEST(Receipt, IsOfARowAlone) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = published_of(log);
  const PartitionRef where{kBookingsTopic, 0};
  MerkleTree tree;
  std::vector<std::string> records;
  const LogPlace from{where, 0};
  log.read({&from, 1},
           [&](const LogRecord& record) {
             tree.add(leaf_hash(record.bytes));
             records.emplace_back(text_of(record.bytes));
             return true;
           })
      .value();
  Receipt receipt = receipt_of(log, checkpoint, second_booking());
  receipt.topic = "bookings";
  receipt.partition = 0;
  receipt.size = tree.size();
  for (receipt.offset = 0; receipt.offset < tree.size(); ++receipt.offset) {
    receipt.record = records[receipt.offset];
    receipt.proof = tree.proof(receipt.offset);
    EXPECT_THAT(verify(receipt, checkpoint).error().detail, HasSubstr("is no row of bookings"));
  }
}

TEST(Receipt, RefusesWhatIsNone) {
  Log& log = whole_day().log();
  const std::string good = to_json(receipt_of(log, published_of(log), second_booking()));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& text :
       {std::string(), std::string("receipt"), std::string("[]"), std::string("{}"),
        with("receipt 1", "receipt 2"), with("\"size\":", "\"more\":1,\"size\":"),
        with("\"offset\":", "\"offset\":-"), with("\"partition\":", "\"partition\":70000"),
        with("\"proof\":[", "\"proof\":[\"00\","), with("\"record\":\"", "\"record\":\"?"),
        with("\"proof\":[", "\"proof\":[7,"), good.substr(0, good.size() - 1),
        std::string(1 << 20, ' ')}) {
    EXPECT_FALSE(parse_receipt(text).has_value()) << text.substr(0, 80);
  }
}

}  // namespace
}  // namespace jari::proof
