// What the report for people says first: whether the rules hold, whether it was fair, how much it
// was.

#include <algorithm>

#include "consumers/audit/fairness.h"
#include "consumers/audit/page.h"
#include "consumers/audit/report.h"
#include "engine/base/printable.h"

namespace jari::audit {
namespace {

std::string_view style_of(Fair fair) {
  return fair == Fair::Yes ? "good" : fair == Fair::YesBut ? "but" : "bad";
}

/// The answer, and what it takes back.
void append_fair(std::string& out, const Fairness& fairness) {
  out += "<section class=\"answer " + std::string(style_of(fairness.fair)) +
         "\"><h2>Was it fair?</h2>\n";
  switch (fairness.fair) {
    case Fair::Yes:
      out +=
          "<p><strong>Yes, as far as a log can show.</strong> Nobody jumped a line, no "
          "operator booked for anybody, and nobody could choose the order of a "
          "draw.</p>\n</section>\n";
      return;
    case Fair::YesBut:
      out += "<p><strong>Yes, but:</strong></p>\n<ul>\n";
      break;
    case Fair::No:
      out += "<p><strong class=\"bad\">No, not as far as this log shows.</strong></p>\n<ul>\n";
  }
  for (const auto& one : fairness.reasons) {
    const std::string times = one.times == 1 ? "once" : grouped(one.times) + " times";
    out += "<li>";
    page::append_escaped(out, one.is_broken
                                  ? "Broken " + times + ": " + one.what + ". " + one.meaning
                                  : one.meaning + ": " + grouped(one.times));
    out += "</li>\n";
  }
  out += "</ul>\n</section>\n";
}

}  // namespace

void Report::append_verdict(std::string& out) const {
  Instant ends = identity_.begins;
  read_.for_each([&](PartitionRef where, const Read& read) {
    if (!identity_.topics[where.topic].is_sink) ends = std::max(ends, read.last);
  });
  out +=
      "<h1>Audit of a Jari log</h1>\n<p>Whatever a booking service was asked and decided stands in "
      "its log. This one was read from its first record, by rules that share no code with what "
      "they prove.</p>\n<p class=\"soft\">Log <code>" +
      to_text(identity_.incarnation) + "</code>, from <span class=\"time\">" +
      to_text(identity_.begins) + "</span> to <span class=\"time\">" + to_text(ends) +
      "</span> (UTC).</p>\n<div class=\"answers\">\n<section class=\"answer " +
      (is_good() ? "good" : "bad") + "\"><h2>Do the rules hold?</h2>\n<p>";
  if (is_good()) {
    out += "<strong>Every rule holds.</strong> No violation in " + grouped(records_) +
           (records_ == 1 ? " record" : " records") + ".</p>\n";
  } else {
    append_first_violation(out);
  }
  out += "</section>\n";
  append_fair(out, fairness_of(*this));
  out += "</div>\n";
}

void Report::append_first_violation(std::string& out) const {
  const std::uint64_t all = violations_in_all();
  out += "<strong>No: " + grouped(all) + (all == 1 ? " violation" : " violations") +
         "</strong> in " + grouped(records_) + " records. The first stands at <code>";
  page::append_escaped(out, place_of(violations_.front().at));
  out += "</code>";
  if (const auto type = type_of(violations_.front().at); !type.empty()) {
    out += ", a record <code>" + std::string(type) + "</code>";
  }
  out += ".</p>\n";
}

void Report::append_totals(std::string& out) const {
  std::uint64_t tickets = 0;
  std::uint64_t admitted = 0;
  for (const auto& [name, line] : figures_.lines) {
    tickets += line.tickets;
    admitted += line.admitted;
  }
  page::heading(out, "In numbers");
  out += "<dl class=\"totals\">\n";
  page::total(out, "People admitted", admitted);
  page::total(out, "Bookings", figures_.granted(kTypeOf<BookingRequested>));
  page::total(out, "Tickets given", tickets);
  page::total(out, "Requests granted", figures_.decided_in_all(true));
  page::total(out, "Requests refused", figures_.decided_in_all(false));
  page::total(out, "Rebooked to another slot", figures_.granted(kTypeOf<RescheduleRequested>));
  page::total(out, "Cancelled by request", figures_.granted(kTypeOf<CancelRequested>));
  page::total(out, "Slots published", figures_.slots);
  page::total(out, "Places in them, as first published", figures_.places);
  page::total(out, "Doses that came", figures_.doses);
  page::total(out, "Acts of operators", figures_.acts_in_all);
  page::total(out, "Records read", records_);
  out += "</dl>\n";
}

}  // namespace jari::audit
