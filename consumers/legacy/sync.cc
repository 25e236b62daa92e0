#include "consumers/legacy/sync.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "consumers/model/topics.h"

namespace jari::legacy {
namespace {

constexpr std::size_t kBatchesAhead = 4;  // at most, the one under way too
constexpr milliseconds kIdle{100};
constexpr milliseconds kPauseMin{100};
constexpr milliseconds kPauseMax{5000};
constexpr milliseconds kSilentAfter{5000};  // a log that does not answer for as long is not read
constexpr milliseconds kUnansweredAfter{5500};  // longer than a lock is waited for, which says so
constexpr std::string_view kUnanswered = "unanswered";
constexpr std::uint32_t kBriefMax = 3;  // said nothing of up to here
constexpr std::size_t kGapsSaidMost = 20;
constexpr std::size_t kOthersMost = 20;  // not written either: it is not the row

/// Passes by itself in a moment: a transaction that lost against another one (SQL's own codes), the
/// session of a sync that was killed.
bool is_brief(const Said& said) {
  return said.code == "40001" || said.code == "40P01" || said.code == kInUse;
}

Letter letter_of(const Row& row) {
  Letter letter;
  letter.appointment = row.appointment;
  letter.version = row.version;
  letter.document = row.document;
  letter.code = row.refusal_code;
  letter.reason = row.refusal;
  return letter;
}

std::string named(const Row& row) {
  return row.appointment + " version " + std::to_string(row.version);
}

std::string seconds_text(milliseconds gap) {
  return std::to_string(gap.count() / 1000) + " s";
}

}  // namespace

Sync::Sync(SyncParts parts, PaceSettings pace)
    : parts_(std::move(parts)), reader_(parts_.log.identity(), parts_.mapping) {
  pace_.set(std::move(pace));
}

Result<milliseconds> Sync::step() {
  const Moment now = parts_.clock();
  if (now.steady < again_at_) {
    look_at_lag(now);
    return again_at_ - now.steady;
  }
  if (!is_open_) return open(now);
  if (auto read = read_on(now); !read) return read.error();
  look_ahead();
  look_at_lag(now);
  if (under_way_ > 0) take_answer();
  if (!is_open_) return again_at_ - now.steady;
  const Moment then = parts_.clock();
  if (suspicion_) {
    ask_with_another(then);
    return is_open_ ? milliseconds{0} : again_at_ - then.steady;
  }
  const auto leave = pace_.ask(pending_.size(), then);
  figures_.is_waiting = leave.rows == 0 && !pending_.empty() && !pace_.is_open(then);
  if (leave.rows == 0) return pending_.empty() ? kIdle : leave.wait;
  send(narrow_ == 0 ? leave.rows : std::min(narrow_, leave.rows), then);
  return milliseconds{0};
}

Result<milliseconds> Sync::open(const Moment& now) {
  if (auto caught_up = parts_.catch_up(); !caught_up) return caught_up.error();
  Position position;
  sent_at_ = now.steady;
  const Said said = parts_.database.open(position);
  if (said.answer != Answer::Written) {
    if (said.answer == Answer::Never && !was_open_) {
      hopeless_ = said;  // whoever calls says so, and ends
      return milliseconds{0};
    }
    fail(said, now);
    return pause_;
  }
  if (auto begun = reader_.begin(position, parts_.log); !begun) return begun.error();
  pending_.clear();
  suspicion_.reset();
  is_open_ = was_open_ = true;
  heard_.clear();
  if (!is_unread_told_) readable_at_ = now.steady;
  look_at_lag(now);
  return milliseconds{0};
}

/// Empty where it can be read. Where many write, reading on may only find that nothing comes: then
/// nobody says any more where it ends.
std::string Sync::why_unread(const Result<void>& read, const Moment& now) {
  if (!read) return read.error().detail;
  if (parts_.log.writers() == LogWriters::One) return {};
  for (const LogPlace& place : reader_.places()) {
    const std::uint64_t number = parts_.log.ends(place.where).heard;
    Heard& last = heard_.try_emplace(place.where, Heard{number, now.steady}).first->second;
    if (last.number != number) last = {number, now.steady};
    if (now.steady - last.at < kSilentAfter) continue;
    return "nobody says where partition " + std::to_string(place.where.partition) + " of sync ends";
  }
  return {};
}

void Sync::look_at_log(const std::string& trouble, const Moment& now) {
  const milliseconds since = now.steady - readable_at_;
  if (trouble.empty()) {
    if (is_unread_told_) parts_.say("the log is read again, after " + seconds_text(since));
    is_unread_told_ = false;
    readable_at_ = now.steady;
    figures_.unread = milliseconds{0};
    return;
  }
  figures_.unread = std::max(since, milliseconds{1});
  if (since < kSilentAfter || is_unread_told_) return;
  is_unread_told_ = true;
  parts_.say("the log cannot be read, what is new in it waits: " + trouble);
}

/// A batch at a time: a database that answers meanwhile does not wait for more.
Result<void> Sync::read_on(const Moment& now) {
  const std::size_t batch = pace_.settings().batch_rows;
  const std::size_t most = pending_.size() + batch;
  if (most > batch * kBatchesAhead) {
    heard_.clear();
    return {};
  }
  if (auto caught_up = parts_.catch_up(); !caught_up) return caught_up.error();
  Result<void> taken;
  const auto read = parts_.log.read(reader_.places(), [&](const LogRecord& record) {
    auto item = reader_.take(record);
    if (!item) {
      taken = item.error();
      return false;
    }
    if (*item) pending_.push_back(std::move(**item));
    return pending_.size() < most;
  });
  say_what_does_not_fit();
  if (!taken) return taken;
  // A log that cannot be read now is read again; what is wrong with it for good, the service says.
  if (!read && read.error().code != ErrorCode::Unavailable) return read.error();
  look_at_log(why_unread(read, now), now);
  if (figures_.unread == milliseconds{0}) {
    reader_.give_up(parts_.log, now.steady);
  } else {
    reader_.gaps().wait_anew();
  }
  return {};
}

void Sync::say_what_does_not_fit() {
  if (std::exchange(misfits_told_, reader_.misfits()) < reader_.misfits()) {
    parts_.say("rows of sync do not continue their stream and are passed over; see the runbook");
  }
  const std::uint64_t late = reader_.gaps().late();
  if (const auto new_ones = late - std::exchange(late_told_, late); new_ones > 0) {
    parts_.say(std::to_string(new_ones) + " rows that were given up have come and are written");
  }
  const std::vector<Gap> found = reader_.gaps().take_found();
  for (std::size_t i = 0; i < std::min(found.size(), kGapsSaidMost); ++i) {
    parts_.say("rows did not come within " + seconds_text(kComesWithin) +
               " and are given up, what follows them is written: " +
               to_text(found[i], parts_.log.identity()) + "; see the runbook");
  }
  if (found.size() <= kGapsSaidMost) return;
  parts_.say("and of " + std::to_string(found.size() - kGapsSaidMost) + " more streams");
}

/// While the database is busy: as many rows again as it has, which is what follows if it takes
/// them.
void Sync::look_ahead() {
  if (under_way_ == 0 || next_rows_ != 0 || suspicion_) return;
  if (pending_.size() < 2 * under_way_) return;
  next_rows_ = under_way_;
  next_ = compose(under_way_, next_rows_);
  parts_.database.prepare(next_);
}

void Sync::send(std::size_t rows, const Moment& now) {
  if (rows != next_rows_) {
    next_ = compose(0, rows);
    parts_.database.prepare(next_);
  }
  batch_ = std::move(next_);
  next_rows_ = 0;
  pace_.sent(rows);
  sent_at_ = now.steady;
  under_way_ = rows;
  parts_.database.send();
}

/// Of each appointment the newest among these rows.
Batch Sync::compose(std::size_t first, std::size_t rows) const {
  Batch batch;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = first + rows; i-- > first;) {
    const Item& item = pending_[i];
    batch.moves.places.try_emplace(item.partition, item.place);
    batch.moves.streams.try_emplace({item.partition, item.source}, item.mark);
    if (!seen.insert(item.row.appointment).second) continue;
    if (item.row.refusal.empty()) {
      batch.rows.push_back(&item.row);
    } else {
      batch.letters.push_back(letter_of(item.row));
    }
  }
  std::reverse(batch.rows.begin(), batch.rows.end());
  return batch;
}

void Sync::take_answer() {
  const Said said = parts_.database.finish();
  const Moment now = parts_.clock();
  figures_.answer = now.steady - sent_at_;
  const std::size_t rows = std::exchange(under_way_, 0);
  if (said.answer != Answer::Written) next_rows_ = 0;
  pace_.answered(figures_.answer, now);
  figures_.share = pace_.share();
  if (suspicion_) return take_other(said, now);
  switch (said.answer) {
    case Answer::Written:
      under_way_ = rows;
      take_written();
      return recover(now);
    case Answer::Refused:
    case Answer::Unclear:
      under_way_ = rows;
      return take_refused(said);
    case Answer::NotNow:
    case Answer::Never:
      return fail(said, now);
  }
}

void Sync::take_written() {
  figures_.refused += batch_.letters.size();
  figures_.written += batch_.rows.size();
  ++figures_.batches;
  if (!batch_.rows.empty()) written_ = *batch_.rows.back();
  is_alone_ = false;
  const auto first = pending_.begin();
  pending_.erase(first, first + static_cast<std::ptrdiff_t>(under_way_));
  narrow_ *= 2;
  if (narrow_ >= pace_.settings().batch_rows) narrow_ = 0;
  under_way_ = 0;
}

/// Half of them at a time, until one is alone.
void Sync::take_refused(const Said& said) {
  ++figures_.failures;
  const std::size_t rows = std::exchange(under_way_, 0);
  if (rows > 1) {
    narrow_ = rows / 2;
    return;
  }
  const Row& row = pending_.front().row;
  if (!row.refusal.empty()) {  // not even beside the table
    Said beside = said;
    beside.why = "a dead letter of " + named(row) + " cannot be kept: " + said.why;
    return fail(beside, parts_.clock());
  }
  if (said.answer == Answer::Refused || is_alone_) return refuse_first(said);
  suspicion_ = said;
  others_ = 0;
}

void Sync::refuse_first(const Said& said) {
  Row& row = pending_.front().row;
  row.refusal = said.why;
  row.refusal_code = said.code;
  is_alone_ = false;
  parts_.say("the table refuses " + named(row) + ": " + said.why);
  narrow_ = 1;
}

/// The one that was written last, which is as good as it was then, else those that wait behind it.
/// A row that was written already, or will be again, changes nothing by that.
const Row* Sync::another() const {
  const std::string& first = pending_.front().row.appointment;
  std::size_t left = others_;
  if (written_ && written_->appointment != first && left-- == 0) return &*written_;
  for (std::size_t i = 1; i < pending_.size() && others_ < kOthersMost; ++i) {
    const Row& row = pending_[i].row;
    if (row.appointment != first && row.refusal.empty() && left-- == 0) return &row;
  }
  return nullptr;
}

void Sync::ask_with_another(const Moment& now) {
  const Row* const other = another();
  if (other == nullptr) {
    Said said = *suspicion_;
    said.why = named(pending_.front().row) + " is not written" +
               (others_ == 0 ? ", and there is no other to try" : ", nor are others") + ": " +
               said.why;
    return fail(said, now);
  }
  ++others_;
  batch_ = {};
  batch_.rows.push_back(other);
  under_way_ = 1;
  sent_at_ = now.steady;
  parts_.database.prepare(batch_);
  parts_.database.send();
}

void Sync::take_other(const Said& said, const Moment& now) {
  if (said.answer == Answer::Refused || said.answer == Answer::Unclear) return;
  if (said.answer != Answer::Written) return fail(said, now);
  suspicion_.reset();  // but what kept it may have been mended since: once more
  is_alone_ = true;
  narrow_ = 1;
}

void Sync::fail(const Said& said, const Moment& now) {
  ++figures_.failures;
  is_open_ = false;  // the position that the database has is the one that counts
  suspicion_.reset();
  is_alone_ = false;
  figures_.is_waiting = true;
  pause_ = std::clamp(pause_ * 2, kPauseMin, kPauseMax);
  again_at_ = now.steady + pause_;
  if (!troubled_since_) troubled_since_ = now;
  look_at_lag(now);
  if (is_brief(said) && ++brief_ < kBriefMax) return;
  const std::string& what = said.code == kNoAnswer ? said.why : said.code;
  if (trouble_ == what) return;
  trouble_ = what;
  parts_.say("the database cannot be written, rows wait: " + said.why);
}

void Sync::meanwhile() {
  const Moment now = parts_.clock();
  if (parts_.catch_up()) look_at_lag(now);  // if it fails, the next step says so
  const milliseconds waited = now.steady - sent_at_;
  if (waited < kUnansweredAfter) return;
  figures_.is_waiting = true;
  if (!troubled_since_) troubled_since_ = Moment{now.wall - waited, sent_at_, now.minute_of_day};
  if (trouble_ == kUnanswered) return;
  trouble_ = kUnanswered;
  parts_.say("the database has not answered for " + seconds_text(waited) + ", rows wait");
}

void Sync::recover(const Moment& now) {
  figures_.is_waiting = false;
  pause_ = milliseconds{0};
  brief_ = 0;
  if (!trouble_.empty()) {
    look_at_lag(now);
    parts_.say("the database is written again, after " +
               seconds_text(now.steady - troubled_since_->steady) + "; " +
               std::to_string(figures_.lag_records) + " records wait");
  }
  trouble_.clear();
  troubled_since_.reset();
}

void Sync::look_at_lag(const Moment& now) {
  std::uint64_t behind = pending_.size() + reader_.gaps().waiting();
  for (const LogPlace& place : reader_.places()) {
    const Offset end = parts_.log.end(place.where);
    behind += end - std::min(end, place.next_offset);
  }
  if (!pending_.empty()) oldest_ = pending_.front().row.as_of;
  if (behind == 0) oldest_.reset();
  if (behind > 0 && !oldest_) oldest_ = troubled_since_ ? troubled_since_->wall : now.wall;
  figures_.lag_records = behind;
  figures_.misfits = reader_.misfits();
  figures_.lost = reader_.gaps().lost();
  figures_.late = reader_.gaps().late();
  figures_.lag = oldest_ ? std::max(milliseconds{0}, now.wall - *oldest_) : milliseconds{0};
}

void Sync::finish() {
  if (under_way_ == 0) return;
  const bool is_written = parts_.database.finish().answer == Answer::Written;
  if (is_written && !suspicion_) take_written();
}

}  // namespace jari::legacy
