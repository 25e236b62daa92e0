// tests/consumers/queue/queue_story.h — a queue `main` for the programme `flu`, and short ways to
// say what happens to it.
//
// Units:   the queue opens when the story begins, unless a test says otherwise.
// Errors:  none.
// Threads: one.
#pragma once

#include <gmock/gmock.h>

#include "consumers/queue/queue.h"
#include "tests/support/story.h"

namespace jari::queue {

using namespace std::chrono_literals;
using support::a_person;
using support::an_operator;
using support::kStoryBegins;
using support::Said;

inline const QueueId kMain{"main"};
inline const PersonId kAlice{"alice"};
inline const PersonId kBob{"bob"};
inline const PersonId kCarol{"carol"};

class QueueStory : public support::StoryTest<Queue> {
 protected:
  QueueStory() : StoryTest({kQueueTopic, 0}) {}

  /// Open from the start, ten a second, five inside, sessions of ten minutes.
  static QueueConfigured whole() {
    QueueConfigured ask;
    ask.queue = kMain;
    ask.set = kEveryQueueField;
    ask.programme = ProgrammeId{"flu"};
    ask.opens_at = kStoryBegins;
    ask.closes_at = kStoryBegins + 240h;
    ask.rate_per_second = 10;
    ask.inside_max = 5;
    ask.session_seconds = 600;
    return ask;
  }
  static QueueConfigured patch(QueueField field) {
    QueueConfigured ask;
    ask.queue = kMain;
    ask.set = static_cast<std::uint32_t>(field);
    return ask;
  }
  std::string new_key() { return "key-" + std::to_string(++keys_); }

  Outcome set(const QueueConfigured& ask) {
    return story.request(ask, an_operator("ann", new_key())).outcome();
  }
  /// One field of the queue is set otherwise.
  void given_set(QueueField field, auto change) {
    auto ask = patch(field);
    change(ask);
    ASSERT_EQ(set(ask).status, 200);
  }
  /// The programme names the queue.
  void publish_programme(std::string_view queue = "main") {
    ProgrammeConfigured settings;
    settings.programme = ProgrammeId{"flu"};
    settings.set = kEveryProgrammeField;
    settings.version = ++programme_version_;
    settings.name = "Flu";
    settings.queue = QueueId{queue};
    story.effect(settings);
  }
  void open_queue() {
    set(whole());
    publish_programme();
  }
  const Said& joins(PersonId person, std::string_view key = {}) {
    const std::string drawn = key.empty() ? new_key() : std::string{key};
    return story.request(TicketRequested{kMain, person}, a_person(person.text, drawn));
  }
  void join_all(std::initializer_list<PersonId> people) {
    for (const PersonId person : people) joins(person);
  }
  /// `p1`, `p2` and so on take tickets.
  void given_waiting(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string person = "p" + std::to_string(++given_);
      joins(PersonId{person});
    }
  }
  const Said& leaves(PersonId person) {
    return story.request(TicketReturned{kMain, person}, a_person(person.text, new_key()));
  }
  /// Who is admitted while `gap` passes in one tick.
  std::vector<std::string> admitted_in(milliseconds gap) { return people(story.pass(gap)); }
  static std::vector<std::string> people(const Said& said) {
    std::vector<std::string> out;
    for (const support::Sent& sent : said.effects) {
      if (sent.is<Admitted>()) out.emplace_back(sent.as<Admitted>().person.text);
    }
    return out;
  }
  QueueView view() { return *consumer().view(kMain, story.time()); }
  TicketView ticket(PersonId person) { return *consumer().ticket(kMain, person, story.time()); }
  PartitionRef home_of(PersonId person) {
    return story.context().home_of(kBookingsTopic, person.text);
  }

 private:
  int keys_ = 0;
  int given_ = 0;
  std::uint32_t programme_version_ = 0;
};

}  // namespace jari::queue
