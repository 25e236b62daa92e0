#include "consumers/legacy/reconcile.h"

#include <set>
#include <utility>

#include "consumers/model/topics.h"

namespace jari::legacy {
namespace {

constexpr std::size_t kMendAtOnce = 500;

Result<void> result_of(const Said& said) {
  if (said.answer == Answer::Written) return {};
  return Error{ErrorCode::Unavailable, "the table: " + said.why};
}

}  // namespace

std::string_view to_text(Difference difference) {
  switch (difference) {
    case Difference::Missing:
      return "missing";
    case Difference::Extra:
      return "extra";
    case Difference::Stale:
      return "stale";
    case Difference::Changed:
      return "changed";
    case Difference::Refused:
      return "refused";
  }
  return "unknown";
}

Reconcile::Reconcile(Log& log, OldTable& table, const Mapping& mapping)
    : log_(log), table_(table), mapping_(mapping) {}

/// Every document up to the table's position, in the order of its stream. A row may stand behind
/// the place and be written, where one that came early before it was waited for; and whatever came
/// early up to there was followed by what is missing, or given up.
Result<void> Reconcile::read(const VisitItem& visit) {
  SyncReader reader(log_.identity(), mapping_);
  if (auto begun = reader.begin(position_, log_); !begun) return begun;  // is it of this log?
  if (auto begun = reader.begin({}, log_); !begun) return begun;
  reader.gaps().give_up_all();
  Result<void> taken;
  const auto read = log_.read(reader.places(), [&](const LogRecord& record) {
    const auto place = position_.places.find(record.where.partition);
    if (place == position_.places.end()) return true;
    if (record.offset + 1 == place->second.next_offset) taken = check_before(position_, record);
    if (!taken) return false;
    auto item = reader.take(record);
    if (!item) {
      taken = item.error();
    } else if (*item && is_written(**item, record.offset)) {
      const auto id = parse_appointment((*item)->row.appointment);
      if (id) taken = visit(**item, *id);
    }
    return taken.has_value();
  });
  lost_ = reader.gaps().lost() - reader.gaps().late();
  return taken ? read : taken;
}

bool Reconcile::is_written(const Item& item, Offset offset) const {
  if (offset < position_.places.at(item.partition).next_offset) return true;
  const auto mark = position_.streams.find({item.partition, item.source});
  return mark != position_.streams.end() && item.seq <= mark->second.seq;
}

Reconcile::GroupNo Reconcile::group_no(const std::string& group) {
  const auto [known, is_new] =
      group_numbers_.try_emplace(group, static_cast<GroupNo>(group_names_.size()));
  if (is_new) {
    group_names_.push_back(group);
    digests_.emplace_back();
  }
  return known->second;
}

void Reconcile::expect(const Item& item, MadeId id) {
  Expected& expected = expected_[id.number];
  if (expected.version >= item.row.version) return;
  if (expected.version != 0) digests_[expected.group()].add(expected.hash, -1);
  expected.version = item.row.version;
  expected.hash = row_hash(columns_, item.row);
  expected.group_and_seen = group_no(group_of(mapping_, columns_, item.row));
  digests_[expected.group()].add(expected.hash);
}

Result<void> Reconcile::take_letters(const VisitDifferent& visit) {
  return result_of(table_.letters([&](const std::string& appointment) {
    const auto id = parse_appointment(appointment);
    const auto known = id ? expected_.find(id->number) : expected_.end();
    Different one{Difference::Refused, appointment, 0, 0, ""};
    if (known != expected_.end()) {
      digests_[known->second.group()].add(known->second.hash, -1);
      known->second.see();
      one.version = known->second.version;
      one.group = group_names_[known->second.group()];
    }
    visit(one);
  }));
}

/// Those that differ and of which the table has rows.
Result<std::vector<std::string>> Reconcile::compare_groups() {
  is_different_.assign(digests_.size(), true);
  std::vector<std::string> to_read;
  const Said said = table_.groups([&](const std::string& group, const Digest& digest) {
    const auto known = group_numbers_.find(group);
    if (known != group_numbers_.end() && digests_[known->second] == digest) {
      is_different_[known->second] = false;
      return;
    }
    to_read.push_back(group);
  });
  if (auto compared = result_of(said); !compared) return compared.error();
  different_groups_ = to_read.size();
  for (std::size_t i = 0; i < digests_.size(); ++i) {
    if (digests_[i] == Digest{}) is_different_[i] = false;  // nobody is there any more
  }
  return to_read;
}

/// Where the log has lost rows the table may show what they said: that is not taken back.
void Reconcile::tell(const Different& one, MadeId id, const VisitDifferent& visit) {
  const bool is_of_lost_row = lost_ > 0 && one.old_version > one.version;
  if (one.what != Difference::Extra && !is_of_lost_row) to_mend_[id.number] = one.old_version;
  visit(one);
}

void Reconcile::look_at(const std::string& group, const OldRow& row, const VisitDifferent& visit) {
  const auto id = parse_appointment(row.appointment);
  const auto known = id ? expected_.find(id->number) : expected_.end();
  if (known == expected_.end()) {
    return tell({Difference::Extra, row.appointment, 0, row.version, group}, {}, visit);
  }
  Expected& expected = known->second;
  if (expected.is_seen()) return;  // refused: told already
  expected.see();
  const bool is_there = group_names_[expected.group()] == group;
  if (is_there && row.version == expected.version && row.hash == expected.hash) return;
  const auto what = row.version < expected.version ? Difference::Stale : Difference::Changed;
  tell({what, row.appointment, expected.version, row.version, group}, *id, visit);
}

void Reconcile::find_missing(const VisitDifferent& visit) {
  for (const auto& [number, expected] : expected_) {
    if (expected.is_seen() || !is_different_[expected.group()]) continue;
    const MadeId id{number};
    tell({Difference::Missing, appointment_text(id), expected.version, 0,
          group_names_[expected.group()]},
         id, visit);
  }
}

Result<void> Reconcile::compare(const VisitDifferent& visit) {
  if (auto looked = result_of(table_.look(columns_, position_)); !looked) return looked;
  auto read_all = read([&](const Item& item, MadeId id) {
    expect(item, id);
    return Result<void>{};
  });
  if (!read_all) return read_all;
  if (auto taken = take_letters(visit); !taken) return taken;
  const auto to_read = compare_groups();
  if (!to_read) return to_read.error();
  auto rows = result_of(table_.rows(
      *to_read, [&](const std::string& group, const OldRow& row) { look_at(group, row, visit); }));
  if (!rows) return rows;
  find_missing(visit);
  return result_of(table_.done());
}

/// What the table has taken is there afterwards, or somebody there has swallowed it.
Said Reconcile::write(const std::vector<OldTable::Mending>& all, const VisitRefused& refused) {
  std::set<std::string> unmended;
  Said said = table_.mend(all, unmended);
  if (said.answer != Answer::Written) return said;
  repaired_ += all.size() - unmended.size();
  for (const std::string& one : unmended) {
    refused(one,
            {Answer::Refused, "unmended",
             "it was written without an error, and the table does not show it so: a trigger or "
             "rule of the table drops or changes it"});
  }
  return said;
}

/// Which it was. What is unclear of a row is of that row where others are written.
Said Reconcile::mend_one_by_one(const std::vector<OldTable::Mending>& all,
                                const VisitRefused& refused) {
  bool is_any_written = false;
  std::vector<std::pair<const Row*, Said>> unclear;
  for (const OldTable::Mending& one : all) {
    const Said said = write({one}, refused);
    if (said.answer == Answer::Written) is_any_written = true;
    if (said.answer == Answer::Refused) refused(one.row->appointment, said);
    if (said.answer == Answer::Unclear) unclear.emplace_back(one.row, said);
    if (said.answer == Answer::NotNow || said.answer == Answer::Never) return said;
  }
  if (!unclear.empty() && !is_any_written) return unclear.front().second;
  for (const auto& [row, said] : unclear) refused(row->appointment, said);
  return {};
}

Result<void> Reconcile::mend(std::vector<Item>& items, const VisitRefused& refused) {
  std::vector<OldTable::Mending> all;
  all.reserve(items.size());
  for (const Item& item : items) {
    all.push_back({&item.row, to_mend_[parse_appointment(item.row.appointment)->number]});
  }
  Said said = write(all, refused);
  if (said.answer == Answer::Refused || said.answer == Answer::Unclear) {
    said = mend_one_by_one(all, refused);
  }
  items.clear();
  return result_of(said);
}

Result<void> Reconcile::repair(const VisitRefused& refused) {
  if (to_mend_.empty()) return {};
  std::vector<Item> items;
  auto read_again = read([&](const Item& item, MadeId id) -> Result<void> {
    const bool is_wanted =
        to_mend_.contains(id.number) && expected_.at(id.number).version == item.row.version;
    if (!is_wanted) return {};
    items.push_back(item);
    return items.size() < kMendAtOnce ? Result<void>{} : mend(items, refused);
  });
  if (!read_again) return read_again;
  return items.empty() ? Result<void>{} : mend(items, refused);
}

}  // namespace jari::legacy
