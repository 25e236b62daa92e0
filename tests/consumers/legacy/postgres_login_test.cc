// What libpq says of a login, as it says it verbosely: whose fault it is.

#include "consumers/legacy/postgres_login.h"

#include <gmock/gmock.h>

namespace jari::legacy {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kRefused =
    "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01: password "
    "authentication failed for user \"jari\"\nLOCATION:  auth_failed, auth.c:326\n";
constexpr std::string_view kGone =
    "connection to server at \"db\" (10.0.0.2), port 5432 failed: Connection refused\n"
    "\tIs the server running on that host and accepting TCP/IP connections?\n";
constexpr std::string_view kStarting =
    "connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed: FATAL:  57P03: the "
    "database system is starting up\nLOCATION:  ProcessStartupPacket, postmaster.c:2330\n";

TEST(PostgresLogin, ARefusalHasItsStateAndSaysWhereToMendIt) {
  EXPECT_TRUE(is_answer(kRefused));
  const PostgresError error = login_error(kRefused, false);
  EXPECT_EQ(error.state, "28P01");
  EXPECT_THAT(error.text,
              EndsWith("failed: FATAL:  password authentication failed for user \"jari\""));
  EXPECT_THAT(error.remedy, HasSubstr("see `database` of the file"));
}

TEST(PostgresLogin, AServerThatStartsIsNoSettings) {
  EXPECT_TRUE(is_answer(kStarting));
  const PostgresError error = login_error(kStarting, false);
  EXPECT_EQ(error.state, "57P03");
  EXPECT_THAT(error.text, EndsWith("failed: FATAL:  the database system is starting up"));
  EXPECT_EQ(error.remedy, "");
}

TEST(PostgresLogin, NobodyThereHasNoState) {
  EXPECT_FALSE(is_answer(kGone));
  const PostgresError error = login_error(kGone, false);
  EXPECT_EQ(error.state, "");
  EXPECT_EQ(
      error.text,
      "connection to server at \"db\" (10.0.0.2), port 5432 failed: Connection refused Is the "
      "server running on that host and accepting TCP/IP connections?");
}

// Which of them is the right one, nobody knows: the one that is away may be.
TEST(PostgresLogin, SeveralServersMustSayTheSame) {
  const std::string refused{kRefused};
  const std::string away{kGone};
  EXPECT_EQ(login_error(refused + refused, false).state, "28P01");
  for (const std::string& said : {refused + away, away + refused, refused + std::string{kStarting},
                                  refused + away + refused, away + refused + away}) {
    EXPECT_EQ(login_error(said, false).state, "") << said;
    EXPECT_THAT(login_error(said, false).text, Not(HasSubstr("LOCATION"))) << said;
  }
}

TEST(PostgresLogin, TheServersLanguageDoesNotMatter) {
  constexpr std::string_view kFrench =
      "connection to server at \"127.0.0.1\", port 5432 failed: FATAL :  3D000: la base de données "
      "« jari » n'existe pas\nLOCATION : InitPostgres, postinit.c:938\n";
  EXPECT_TRUE(is_answer(kFrench));
  const PostgresError error = login_error(kFrench, false);
  EXPECT_EQ(error.state, "3D000");
  EXPECT_THAT(error.text, EndsWith("FATAL :  la base de données « jari » n'existe pas"));
}

TEST(PostgresLogin, WhatLibpqRefusesItselfIsOfTheSettings) {
  for (const char* said : {"invalid connection option \"hots\"\n", "invalid sslmode value: \"x\"\n",
                           "missing \"=\" after \"x\" in connection info string\n"}) {
    EXPECT_FALSE(is_answer(said));
    EXPECT_EQ(login_error(said, false).state, "42601") << said;
  }
  EXPECT_EQ(login_error("connection to server at \"db\" (10.0.0.1), port 5432 failed: fe_sendauth: "
                        "no password supplied\n",
                        true)
                .state,
            "28P01");
  EXPECT_EQ(
      login_error("could not translate host name \"db\" to address: Try again\n", false).state, "");
  EXPECT_EQ(login_error("", false).text, "no connection");
}

}  // namespace
}  // namespace jari::legacy
