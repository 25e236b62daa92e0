// The feed of appointments as they change: what readers of `sync` take for one, and nothing else.
#include "consumers/api/changes.h"

#include <gmock/gmock.h>

#include "tests/consumers/api/door_world.h"
#include "tests/support/shown_log.h"

namespace jari::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Feed : DoorWorld {
  void book(const std::string& person) {
    make_eligible(person);
    call(a_person(person), kPost, "/v1/appointments",
         R"({"programme": "flu", "site": "s", "slot": "am", "product": "p"})");
  }
  static std::string shown(Log& of, std::string after = {}) {
    Changes changes(of);
    Call asked;
    asked.search.after = std::move(after);
    EXPECT_TRUE(changes.read(asked, milliseconds{0}));
    return asked.reply.body;
  }
};

TEST(Changes, AreTheDocumentsOfSync) {
  Feed feed;
  feed.publish(2, 2);
  feed.book("ann");
  EXPECT_THAT(Feed::shown(feed.log), HasSubstr(R"("person":"ann")"));
}

// Found by kafka_forged_test.py: whoever could append to `sync` told people of appointments that
// nobody had given them.
TEST(Changes, HaveNothingThatWasForged) {
  Feed feed;
  feed.publish(2, 2);
  feed.book("ann");
  feed.book("eve");
  ShownLog log = forged(feed.log, [](const LogRecord& record) {
    return text_of(record.bytes).find(R"("person":"eve")") != std::string_view::npos;
  });
  EXPECT_THAT(Feed::shown(feed.log), HasSubstr(R"("person":"eve")"));
  EXPECT_THAT(Feed::shown(log), HasSubstr(R"("person":"ann")"));
  EXPECT_THAT(Feed::shown(log), Not(HasSubstr(R"("person":"eve")")));
}

}  // namespace
}  // namespace jari::api
