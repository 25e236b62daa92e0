// consumers/legacy/reconcile.h — Reconcile: the appointments as the log has them against the rows
// of the old table, as of the position that the table stands at.
//
// Compares digests of each site and day, and looks at rows only where those differ. Keeps some 80
// bytes for each appointment and more only for what differs. What has a dead letter is listed as
// such and not compared.
//
// Units:   versions of appointments.
// Errors:  of the log a Result; of the table the port's Said, in `detail`, as Unavailable.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "consumers/legacy/old_table.h"
#include "consumers/legacy/sync_reader.h"
#include "consumers/model/ids.h"

namespace jari::legacy {

enum class Difference : std::uint8_t {
  Missing = 1,  // the table has no such row
  Extra,        // no such appointment was ever told of
  Stale,        // the table shows an older version
  Changed,      // this version, or one there never was, but not what it says: somebody's hand
  Refused,      // it has a dead letter
};
[[nodiscard]] std::string_view to_text(Difference difference);

struct Different {
  Difference what{};
  std::string appointment;
  std::uint64_t version = 0;      // as it should be; 0 where it is Extra
  std::uint64_t old_version = 0;  // as the table has it, which may be 0; 0 where it is Missing
  std::string group;              // site and day
};
using VisitDifferent = std::function<void(const Different&)>;

class Reconcile {
 public:
  Reconcile(Log& log, OldTable& table, const Mapping& mapping);

  /// Each difference, once.
  [[nodiscard]] Result<void> compare(const VisitDifferent& visit);
  using VisitRefused = std::function<void(const std::string& appointment, const Said& said)>;
  /// Writes again what was missing, stale or changed, but for what is newer than a log that has
  /// lost rows; calls `refused` for what cannot be written, or is written and still differs.
  [[nodiscard]] Result<void> repair(const VisitRefused& refused);

  [[nodiscard]] std::size_t appointments() const { return expected_.size(); }
  [[nodiscard]] std::size_t groups_compared() const { return digests_.size(); }
  [[nodiscard]] std::size_t groups_different() const { return different_groups_; }
  /// Of those, what the table shows as it should be now, or newer.
  [[nodiscard]] std::uint64_t repaired() const { return repaired_; }
  /// Rows that `sync` lacks.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  using GroupNo = std::uint32_t;
  /// One of millions: a bit of its group says that it was seen in the table, or refused.
  struct Expected {
    std::uint64_t hash = 0;
    std::uint32_t version = 0;
    std::uint32_t group_and_seen = 0;
    static constexpr std::uint32_t kSeen = 1U << 31;
    [[nodiscard]] GroupNo group() const { return group_and_seen & ~kSeen; }
    [[nodiscard]] bool is_seen() const { return (group_and_seen & kSeen) != 0; }
    void see() { group_and_seen |= kSeen; }
  };
  using VisitItem = std::function<Result<void>(const Item&, MadeId)>;

  [[nodiscard]] Result<void> read(const VisitItem& visit);
  [[nodiscard]] bool is_written(const Item& item, Offset offset) const;
  void expect(const Item& item, MadeId id);
  [[nodiscard]] GroupNo group_no(const std::string& group);
  [[nodiscard]] Result<void> take_letters(const VisitDifferent& visit);
  [[nodiscard]] Result<std::vector<std::string>> compare_groups();
  void look_at(const std::string& group, const OldRow& row, const VisitDifferent& visit);
  void find_missing(const VisitDifferent& visit);
  void tell(const Different& one, MadeId id, const VisitDifferent& visit);
  [[nodiscard]] Said write(const std::vector<OldTable::Mending>& all, const VisitRefused& refused);
  [[nodiscard]] Said mend_one_by_one(const std::vector<OldTable::Mending>& all,
                                     const VisitRefused& refused);
  [[nodiscard]] Result<void> mend(std::vector<Item>& items, const VisitRefused& refused);

  Log& log_;
  OldTable& table_;
  const Mapping& mapping_;
  std::vector<Compared> columns_;
  Position position_;
  absl::flat_hash_map<std::uint64_t, Expected> expected_;  // by MadeId::number
  absl::flat_hash_map<std::string, GroupNo> group_numbers_;
  std::vector<std::string> group_names_;
  std::vector<Digest> digests_;     // as they should be, by group
  std::vector<bool> is_different_;  // by group
  std::size_t different_groups_ = 0;
  absl::flat_hash_map<std::uint64_t, std::uint64_t> to_mend_;  // and the version that was seen
  std::uint64_t repaired_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace jari::legacy
