// consumers/model/topics.h — the topics, by the number that genesis gives them.
//
// Errors:  none.
// Threads: constants.
#pragma once

#include <array>
#include <string_view>

#include "engine/record/envelope.h"

namespace jari {

inline constexpr TopicNo kQueueTopic = 0;       // key: queue
inline constexpr TopicNo kBookingsTopic = 1;    // key: person
inline constexpr TopicNo kInventoryTopic = 2;   // key: site
inline constexpr TopicNo kProgrammesTopic = 3;  // one partition
inline constexpr TopicNo kSyncTopic = 4;        // sink, key: appointment
inline constexpr TopicNo kOutcomesTopic = 5;    // sink, key: the person, else what it is about

inline constexpr std::array<std::string_view, 6> kTopicNames{"queue",      "bookings", "inventory",
                                                             "programmes", "sync",     "outcomes"};

}  // namespace jari
