// consumers/api/documents.h — the JSON of every answer, and what an Outcome says as an answer.
//
// Shows what is; knows no request and no connection.
//
// Errors:  what is not there makes the reply a refusal.
// Threads: show_… within a task of the engine; …_json in any thread.
#pragma once

#include <string>

#include "consumers/api/call.h"
#include "consumers/api/world.h"
#include "engine/http/json_writer.h"
#include "engine/runtime/engine.h"

namespace jari::api {

// What the partition at `where` knows of a key.
[[nodiscard]] std::optional<requests::RequestRow> remembered(const World& world, PartitionRef where,
                                                             const Hash128& key);
/// The answer to a key that is decided, as it was given.
void show_remembered(const World& world, const Turn& turn, PartitionRef where, const Hash128& key,
                     std::string_view request, Call& call);

/// The answer to a request that was decided so: what the outcome says, with what is shown of now.
void show_outcome(const World& world, const Turn& turn, PartitionRef where, const Outcome& outcome,
                  Call& call);

// A document each, or unknown-….
void show_queue(const World& world, const Turn& turn, QueueId queue, Reply& reply);
void show_queue_settings(const World& world, const Turn& turn, QueueId queue, Reply& reply);
void show_programme(const World& world, const Turn& turn, ProgrammeId programme, Reply& reply);
/// The partitions that do not hold this version of a programme yet.
[[nodiscard]] std::vector<PartitionRef> lacking(const World& world, ProgrammeId programme,
                                                std::uint32_t version);
void show_site(const World& world, const Turn& turn, SiteId site, Reply& reply);
enum class BookedBy : std::uint8_t { Never = 1, WhereOver, Always };
/// `were_booked`: a list to show as it is, instead of who is booked now.
void show_slot(const World& world, const Turn& turn, SiteId site, SlotId slot, BookedBy booked_by,
               Reply& reply, std::string_view were_booked = {});
[[nodiscard]] std::string booked_by_json(const inventory::View& view, SiteId site, SlotId slot);

/// The appointment as it stands, and whether its slot was withdrawn meanwhile.
void append_shown(std::string& out, const World& world, Appointment appointment, Instant as_of);
void show_stock(const World& world, const Turn& turn, SiteId site, Reply& reply);

/// What the person's own partition and the queue's say of a ticket together.
[[nodiscard]] TicketNow ticket_now(const World& world, const Turn& turn, PersonId person,
                                   const queue::TicketView& ticket);
/// `admission_token` empty: none.
void append_ticket(http::JsonWriter& json, std::string_view queue, const TicketNow& ticket,
                   Instant as_of, std::string_view admission_token);
/// The appointment of an Outcome's bytes.
void append_appointment(std::string& out, Bytes outcome, Instant as_of);

// Parts that several documents share.
void append_site(http::JsonWriter& json, const inventory::SiteView& site);
void append_slot(http::JsonWriter& json, const inventory::SlotView& slot);
void append_stock(http::JsonWriter& json, const std::vector<inventory::StockView>& stock,
                  bool with_over);
void append_holds(http::JsonWriter& json, const World& world, const Turn& turn, PersonId person);
void append_appointments(http::JsonWriter& json, const World& world, const Turn& turn,
                         PersonId person);
void append_eligibility(http::JsonWriter& json, const World& world, const Turn& turn,
                        PersonId person);

/// Makes the reply this document; a place that was touched is noted with touch().
void show(Reply& reply, std::string json, std::uint16_t status = 200);
void touch(Reply& reply, const Turn& turn, PartitionRef where);
[[nodiscard]] inline std::string text_at(Instant at) {
  return to_text(at);
}

}  // namespace jari::api
