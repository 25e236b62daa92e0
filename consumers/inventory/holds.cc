#include "consumers/inventory/holds.h"

namespace jari::inventory {

void Holds::add(MadeId hold, const HoldRow& row) {
  CHECK(!rows_.contains({hold}));
  rows_.put({hold}, row);
  list(hold, row);
}

void Holds::remove(MadeId hold) {
  const HoldRow* row = find(hold);
  CHECK(row != nullptr);
  unlist(hold, *row);
  rows_.erase({hold});
}

void Holds::told_withdrawn(MadeId hold) {
  rows_.change({hold}, [&](HoldRow& row) {
    unlist(hold, row);
    row.ended = HoldEnd::Withdrawn;
    list(hold, row);
  });
}

void Holds::owe(MadeId hold, HoldEnd why) {
  rows_.change({hold}, [&](HoldRow& row) {
    unlist(hold, row);
    row.ended = why;
    row.is_owed = true;
    list(hold, row);
  });
}

std::optional<MadeId> Holds::first_due(const LogTime& time) const {
  if (ends_.empty() || !time.is_over(ends_.begin()->at)) return std::nullopt;
  return ends_.begin()->hold;
}

Instant Holds::next_deadline(const LogTime& time) const {
  if (!owed_.empty()) return time.now;
  return ends_.empty() ? kNever : time.at(ends_.begin()->at);
}

std::optional<MadeId> Holds::first_owed(PartitionNo group) const {
  const auto at = owed_.lower_bound(MadeId{std::uint64_t{group} << 48});
  if (at == owed_.end()) return std::nullopt;
  return *at;
}

void Holds::rebuild() {
  grants_.clear();
  ends_.clear();
  owed_.clear();
  rows_.for_each_unordered([&](const HoldKey& key, const HoldRow& row) { list(key.hold, row); });
}

void Holds::list(MadeId hold, const HoldRow& row) {
  if (row.is_owed) {
    owed_.insert(hold);
    return;
  }
  ends_.insert({row.until, hold});
  if (row.ended == HoldEnd::Unknown) grants_.add({row.site, row.slot}, {row.granted, hold});
}

void Holds::unlist(MadeId hold, const HoldRow& row) {
  owed_.erase(hold);
  ends_.erase({row.until, hold});
  if (row.ended == HoldEnd::Unknown) grants_.remove({row.site, row.slot}, {row.granted, hold});
}

}  // namespace jari::inventory
