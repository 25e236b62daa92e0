// consumers/requests/requests.h — what was decided for a client's request id, remembered in the
// state of the partition that decided it until 24 h of log time after.
//
// Remembers what the log decided (2xx, the 403 of the rules, 404 unknown-…, 409); never a 429 or
// 503: the same key sent again is judged anew. Keeps no text of a key, only 128-bit hashes.
//
// Units:   Deadline is log time without outages.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "consumers/model/outcome.h"
#include "consumers/requests/live_keys.h"
#include "engine/runtime/consumer.h"
#include "engine/store/packed_table.h"

namespace jari::requests {

inline constexpr milliseconds kKeepFor{24 * 3600 * 1000};
inline constexpr std::uint32_t kLiveKeysMax = 1024;  // of one person in one partition

/// Of who asked and the request id they gave: a person and an operator of one name are two.
[[nodiscard]] Hash128 key_of(Role role, std::string_view by, std::string_view request);
[[nodiscard]] inline Hash128 key_of(const Asked& asked) {
  return key_of(asked.role, asked.by, asked.request);
}

struct RequestKey {
  Hash128 hash;
  auto operator<=>(const RequestKey&) const = default;
  JARI_FIELDS(RequestKey, hash)
};

/// What is kept of an Outcome: enough to say it again. Ids are numbers, texts are names. A refusal
/// keeps none of the ids it was asked about: names are never forgotten, and anybody can make them
/// up.
struct RequestRow {
  Hash128 content;
  std::uint64_t person = 0;  // hash of the person it counts for; 0: of nobody
  bool pending = false;
  std::uint16_t asked = 0;
  std::uint16_t status = 0;
  Code code = Code::None;
  Deadline forget_at;  // of a decided one
  std::uint64_t ticket = 0;
  MadeId appointment;
  std::uint32_t appointment_version = 0;
  MadeId hold;
  Instant until;
  Instant opens_at;
  Day not_before;
  Day not_after;
  std::uint32_t version = 0;
  std::uint32_t programme_version = 0;
  bool used_rebook_right = false;
  Name programme;
  Name queue;
  Name site;
  Name slot;
  Name product;
  Name field;
  JARI_FIELDS(RequestRow, content, person, pending, asked, status, code, forget_at, ticket,
              appointment, appointment_version, hold, until, opens_at, not_before, not_after,
              version, programme_version, used_rebook_right, programme, queue, site, slot, product,
              field)
};

enum class Seen : std::uint8_t { New, Pending, Decided, Reused, TooMany };

class Requests {
 public:
  Requests(Store& store, std::uint8_t table) : store_(store), rows_(store, table) {}

  /// What is known of the request. `person`: whose keys it counts with, empty for none. One whose
  /// time is over is New, swept or not.
  [[nodiscard]] Seen look(const Asked& asked, std::string_view person, const LogTime& time) const {
    return look(key_of(asked), asked, person, time);
  }
  /// The same where key_of(asked) is known already.
  [[nodiscard]] Seen look(const Hash128& key, const Asked& asked, std::string_view person,
                          const LogTime& time) const;
  [[nodiscard]] std::optional<RequestRow> find(const Hash128& key) const {
    return rows_.find({key});
  }

  /// It waits for another partition: remembered as pending until decided() or forgotten().
  void begin(const Hash128& key, const Asked& asked, std::string_view person, std::uint16_t type);
  /// It is decided. What may not be remembered (429, 503, 422) is taken out again. `key` is
  /// key_of(asked).
  void decided(const Hash128& key, const Asked& asked, std::string_view person,
               const Outcome& outcome, const LogTime& time);
  void decided(const Asked& asked, std::string_view person, const Outcome& outcome,
               const LogTime& time) {
    decided(key_of(asked), asked, person, outcome, time);
  }
  /// The same for one that began earlier, by its key.
  void decided(const Hash128& key, const Outcome& outcome, const LogTime& time);

  /// The outcome as it was, but for its appointment, which its owner fills in, and for the ids in a
  /// refusal. Views are of the store.
  [[nodiscard]] Outcome outcome_of(const RequestRow& row, std::string_view request) const;

  /// Forgets up to `count` of what is over; says how many.
  std::uint32_t sweep(const LogTime& time, std::uint32_t count);
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;
  void rebuild();
  /// What all of them take in memory.
  [[nodiscard]] std::size_t bytes() const;

 private:
  void put(const Hash128& key, const RequestRow& row);
  void put_decided(const RequestKey& key, const RequestRow& row);
  void forget(const RequestKey& key);
  void take_out(const RequestKey& key);  // ends_ has it no more
  void leave_ends(const RequestKey& key, Deadline its);
  void fill(RequestRow& row, const Outcome& outcome, const LogTime& time);
  [[nodiscard]] Deadline end_of(CellNo cell) const { return rows_.row_at(cell).forget_at; }

  Store& store_;
  PackedTable<RequestKey, RequestRow> rows_;
  // Made again by rebuild().
  std::deque<CellNo>
      ends_;           // the decided ones by forget_at, which never falls from one to the next
  Deadline last_end_;  // of ends_, unless it is empty
  LiveKeys lives_;
};

}  // namespace jari::requests
