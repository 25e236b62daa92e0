#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/model/outcome.h"
#include "engine/http/json_reader.h"

namespace jari {
namespace {

using http::JsonDocument;
using http::JsonValue;

JsonDocument parsed(const std::string& json) {
  auto document = http::parse_json(json);
  CHECK(document.has_value());
  return *std::move(document);
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

/// What is wrong with `value` by the schema of one property; empty where nothing is. A keyword that
/// this does not know is wrong, too.
std::string fault_of(const JsonValue& value, const JsonValue& schema) {
  const auto text = std::string{value.text().value_or("")};
  const std::int64_t number = value.integer().value_or(0);
  for (const auto [word, argument] : schema.members()) {
    bool good = false;
    if (word == "description") {
      good = true;
    } else if (word == "type") {
      good = argument.text() == (value.integer() ? "integer" : value.text() ? "string" : "neither");
    } else if (word == "const") {
      good = argument.text() == text;
    } else if (word == "enum") {
      for (const JsonValue one : argument.elements()) good |= one.text() == text;
    } else if (word == "pattern") {
      good = std::regex_search(text, std::regex{std::string{*argument.text()}});
    } else if (word == "minLength") {
      good = static_cast<std::int64_t>(text.size()) >= *argument.integer();
    } else if (word == "maxLength") {
      good = static_cast<std::int64_t>(text.size()) <= *argument.integer();
    } else if (word == "minimum") {
      good = number >= *argument.integer();
    } else if (word == "maximum") {
      good = number <= *argument.integer();
    }
    if (!good) return std::string{word};
  }
  return {};
}

class SyncSchema : public ::testing::Test {
 protected:
  static Appointment booked() {
    Appointment one;
    one.appointment = AppointmentId{"a3-1042"};
    one.programme = ProgrammeId{"flu"};
    one.person = PersonId{"p-81c4"};
    one.site = SiteId{"site-7"};
    one.slot = SlotId{"am:09.00"};
    one.product = ProductId{"vaccine_a"};
    one.dose = 1;
    one.starts_at = Instant{1'772'460'000'000};
    one.zone = "America/Argentina/ComodRivadavia";
    one.state = AppointmentState::Booked;
    one.version = 1;
    return one;
  }
  /// Writes it as `sync` has it, and holds that against the schema.
  void expect_fits(const Appointment& appointment) {
    std::string json;
    append_json(json, appointment, Instant{1'772'355'598'120});
    SCOPED_TRACE(json);
    const JsonDocument document = parsed(json);
    const JsonValue properties = *schema_.root().member("properties");
    for (const auto [name, value] : document.root().members()) {
      const auto property = properties.member(name);
      ASSERT_TRUE(property.has_value()) << name << " is not in the schema";
      EXPECT_EQ(fault_of(value, *property), "") << name;
      seen_.insert(std::string{name});
      if (property->member("enum")) values_.insert(std::string{*value.text()});
    }
    for (const JsonValue name : schema_.root().member("required")->elements()) {
      EXPECT_TRUE(document.root().member(*name.text()).has_value()) << *name.text();
    }
  }

  JsonDocument schema_ = parsed(file_text(JARI_SOURCE_DIR "/schemas/sync.schema.json"));
  std::set<std::string> seen_;
  std::set<std::string> values_;  // of properties that list theirs
};

TEST_F(SyncSchema, HoldsWhatIsWrittenOfAnyAppointment) {
  for (const auto state : {AppointmentState::Booked, AppointmentState::Cancelled,
                           AppointmentState::Attended, AppointmentState::Missed}) {
    for (const auto by : {CancelledBy::Nobody, CancelledBy::Person, CancelledBy::Operator,
                          CancelledBy::Withdrawal}) {
      Appointment one = booked();
      one.state = state;
      one.cancelled_by = by;
      one.slot_withdrawn = by == CancelledBy::Nobody;
      one.rebook_until = by == CancelledBy::Withdrawal ? one.starts_at : Instant{};
      expect_fits(one);
    }
  }
  Appointment last = booked();
  last.dose = 255;
  last.version = 0xffffffff;
  last.starts_at = kNever;
  expect_fits(last);

  std::set<std::string> listed;
  std::set<std::string> named;
  for (const auto [name, property] : schema_.root().member("properties")->members()) {
    named.insert(std::string{name});
    const auto values = property.member("enum");
    if (!values) continue;
    for (const JsonValue one : values->elements()) listed.insert(std::string{*one.text()});
  }
  EXPECT_EQ(seen_, named) << "a property that is never written";
  EXPECT_EQ(values_, listed) << "a value that is never written";
}

TEST_F(SyncSchema, IsClosedAndKeepsToTheWordsThatAreCheckedHere) {
  EXPECT_EQ(schema_.root().member("additionalProperties")->boolean(), false);
  const JsonValue properties = *schema_.root().member("properties");
  for (const JsonValue example : schema_.root().member("examples")->elements()) {
    for (const auto [name, value] : example.members()) {
      EXPECT_EQ(fault_of(value, *properties.member(name)), "") << name;
    }
  }
}

TEST_F(SyncSchema, IsNotMetByWhatIsWrong) {
  const JsonValue properties = *schema_.root().member("properties");
  const JsonDocument wrong = parsed(
      R"({"appointment":"a 3","dose":0,"starts_at":"2026-03-02","state":"lost","version":"1"})");
  const auto fault = [&](std::string_view name) {
    return fault_of(*wrong.root().member(name), *properties.member(name));
  };
  EXPECT_EQ(fault("appointment"), "pattern");
  EXPECT_EQ(fault("dose"), "minimum");
  EXPECT_EQ(fault("starts_at"), "pattern");
  EXPECT_EQ(fault("state"), "enum");
  EXPECT_EQ(fault("version"), "type");
}

}  // namespace
}  // namespace jari
