#include "consumers/timeline/timeline.h"

#include "consumers/export/member_names.h"
#include "consumers/timeline/draws.h"
#include "consumers/timeline/order.h"
#include "consumers/timeline/reading.h"
#include "consumers/timeline/trail.h"
#include "consumers/timeline/words_parts.h"

namespace jari::timeline {
namespace {

std::string_view type_of(const Envelope& envelope) {
  const std::string_view own = name_of(envelope.kind);
  return own.empty() ? name_of(envelope.type) : own;
}

/// What is kept of a log, as lines.
class Teller {
 public:
  Teller(const Subject& subject, const Trail& trail, const Draws& draws, const KeptRecords& all)
      : subject_(subject),
        trail_(trail),
        draws_(draws),
        all_(all),
        decisions_(all),
        answers_(answers_in(all)) {
    if (is_of_place()) places_.emplace(all, decisions_, answers_);
    for (const Kept& one : all) {
      const auto* admitted = one.seen.as<Admitted>();
      if (admitted == nullptr) continue;
      drawn_[{std::string(admitted->queue.text), admitted->ticket}] = admitted->place;
    }
  }

  [[nodiscard]] std::vector<Line> lines() {
    std::vector<const Seen*> shown;
    for (const Kept& one : all_) {
      if (is_shown(one.seen)) shown.push_back(&one.seen);
    }
    std::vector<Line> lines;
    for (const Seen* seen : in_order(std::move(shown))) lines.push_back(line_of(*seen));
    if (subject_.kind == SubjectKind::Ticket) leave_out_earlier_draws(lines);
    return lines;
  }

 private:
  [[nodiscard]] bool is_of_place() const {
    return subject_.kind == SubjectKind::Slot || subject_.kind == SubjectKind::Site;
  }

  [[nodiscard]] bool is_shown(const Seen& seen) const {
    if (seen.outcome() != nullptr) {
      return subject_.kind == SubjectKind::Person && !decisions_.is_of_one(seen.at);
    }
    if (subject_.kind == SubjectKind::Operator) return is_act_of(seen, subject_.id);
    return !is_of_place() || is_shown_of_place(seen);
  }

  /// At a site; and what only others can tell: that a hold ran out, that somebody lost their place.
  [[nodiscard]] bool is_shown_of_place(const Seen& seen) const {
    const CountsAfter* after = places_->after(seen.at);
    if (seen.at.where.topic != kInventoryTopic) {
      const auto* ended = seen.as<HoldEnded>();
      return seen.as<AppointmentWithdrawn>() != nullptr ||
             (ended != nullptr && (after != nullptr || ended->why == HoldEnd::Withdrawn));
    }
    if (subject_.kind == SubjectKind::Site) return true;
    const Named named = named_in(seen.body);
    return named.slot == subject_.slot || named.replaced_slot == subject_.slot ||
           (after != nullptr && after->slots.contains(subject_.slot));
  }

  [[nodiscard]] Line line_of(const Seen& seen) const {
    Line line;
    line.at = seen.at;
    line.time = seen.time;
    line.type = type_of(seen.envelope);
    line.cause = seen.cause();
    if (const auto& asked = seen.envelope.asked) {
      line.request = asked->request;
      line.by = asked->by;
      line.acting_for = asked->acting_for;
      line.reason = asked->reason;
    }
    Aside aside;
    aside.time = seen.time;
    aside.is_repeat = decisions_.is_repeat(seen.at);
    if (const Seen* outcome = decisions_.of(seen.at); outcome != nullptr) {
      aside.outcome = outcome->outcome();
      aside.place = place_of(*aside.outcome);
      line.decided_at = outcome->at;
      line.decision = aside.outcome->decision;
      line.code = aside.outcome->code;
    }
    const bool is_draw = seen.as<PrequeueDrawn>() != nullptr && is_granted(aside);
    if (is_draw && subject_.kind == SubjectKind::Ticket) {
      aside.place = draws_.place_of(subject_.id, subject_.ticket);
    }
    if (is_of_place()) count(seen, aside, line);
    line.words = words_of(seen, aside);
    return line;
  }

  void count(const Seen& seen, Aside& aside, Line& line) const {
    if (const auto answer = answers_.find(seen.at); answer != answers_.end()) {
      aside.answer = answer->second;
      line.answered_at = answer->second->at;
    }
    const CountsAfter* after = places_->after(seen.at);
    if (after == nullptr) return;
    if (subject_.kind == SubjectKind::Site) {
      line.after = *after;
    } else if (const auto slot = after->slots.find(subject_.slot); slot != after->slots.end()) {
      line.after.emplace().slots.insert(*slot);
    }
  }

  /// As the admission said it, or as it was drawn; where no order can have been, the ticket's own
  /// number.
  [[nodiscard]] std::optional<std::uint64_t> place_of(const Outcome& outcome) const {
    if (outcome.ticket == 0) return std::nullopt;
    const auto drawn = drawn_.find({std::string(outcome.queue.text), outcome.ticket});
    if (drawn != drawn_.end()) return drawn->second;
    const auto place = draws_.place_of(outcome.queue.text, outcome.ticket);
    if (place) return place;
    if (trail_.may_be_drawn(outcome.queue.text)) return std::nullopt;
    return outcome.ticket;
  }

  /// A draw before the ticket was given is not about it; and a draw alone is no ticket.
  static void leave_out_earlier_draws(std::vector<Line>& lines) {
    const auto is_its = [](const Line& line) { return line.type != "PrequeueDrawn"; };
    lines.erase(lines.begin(), std::find_if(lines.begin(), lines.end(), is_its));
  }

  const Subject& subject_;
  const Trail& trail_;
  const Draws& draws_;
  const KeptRecords& all_;
  Decisions decisions_;
  Answers answers_;
  std::optional<Places> places_;  // of a slot or a site
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> drawn_;
};

/// A row has its cause's time; where that was kept, it is certain.
void take_times_of_causes(KeptRecords& all) {
  absl::flat_hash_map<At, Instant> times;
  for (const Kept& one : all) times[one.seen.at] = one.seen.time;
  for (Kept& one : all) {
    if (one.seen.envelope.kind != RecordKind::Row) continue;
    const auto cause = times.find(one.seen.cause().value_or(At{}));
    if (cause != times.end()) one.seen.time = cause->second;
  }
}

}  // namespace

Result<std::vector<Line>> timeline(Log& log, const Subject& subject,
                                   const std::function<void()>& wait) {
  Reading reading(log, wait);
  Trail trail(subject);
  Draws draws;
  auto noted = reading.each([&](const LogRecord&, const Seen& seen) {
    trail.note(seen);
    draws.note(seen);
  });
  if (!noted) return std::move(noted).error();
  KeptRecords all;
  auto taken = reading.each([&](const LogRecord& record, const Seen& seen) {
    draws.count(seen);
    if (trail.leads_to(seen)) all.emplace_back(record, seen.time);
  });
  if (!taken) return std::move(taken).error();
  take_times_of_causes(all);
  return Teller(subject, trail, draws, all).lines();
}

}  // namespace jari::timeline
