// The report for people: one page that needs nothing else.

#include <algorithm>

#include "consumers/audit/page.h"
#include "consumers/audit/report.h"
#include "consumers/model/acts.h"
#include "engine/base/printable.h"

namespace jari::audit {
namespace {

using page::Table;

constexpr std::size_t kLinesShown = 20;  // with pictures, those that admitted most
constexpr std::size_t kTurnsShown = 10;  // likewise
constexpr std::size_t kViolationsShown = 500;
constexpr std::size_t kListedShown = 500;  // of a kind

/// Where there is more than the page shows.
void append_rest(std::string& out, std::uint64_t all, std::uint64_t shown, std::string_view where) {
  if (all <= shown) return;
  page::remark(out, "And " + grouped(all - shown) + " more" + std::string(where));
}

/// Queues that admitted anybody, those first that admitted most.
std::vector<const std::pair<const std::string, LineFigures>*> busiest(const Figures& figures) {
  std::vector<const std::pair<const std::string, LineFigures>*> lines;
  for (const auto& one : figures.lines) {
    if (one.second.admitted != 0) lines.push_back(&one);
  }
  std::stable_sort(lines.begin(), lines.end(), [](const auto* a, const auto* b) {
    return a->second.admitted > b->second.admitted;
  });
  return lines;
}

void append_turns(std::string& out, const Report& report) {
  page::heading(out, "Whether anybody jumped a line");
  out += "<p>Each admission was held against the line as it stood then (rule I4, checked " +
         grouped(report.checks_of(Rule::I4)) + " times, " +
         grouped(report.violations_of(Rule::I4)) + " violations)";
  if (report.violations_of(Rule::I4) == 0) {
    out +=
        ": nobody came before a lower place who could have been told, no second had more "
        "admissions than the rate, no more were inside than may be";
  }
  out += ". Each booking was held against its admission (I3, " +
         grouped(report.checks_of(Rule::I3)) + " times, " +
         grouped(report.violations_of(Rule::I3)) + " violations).</p>\n";
  if (report.figures().lines.empty()) return;
  Table table(out, "Each line: the most that it admitted in one second beside what was allowed");
  table.heading("Queue").heading("Tickets", true).heading("Admitted", true);
  table.heading("Most in a second", true).heading("Allowed then", true).begin();
  std::size_t shown = 0;
  for (const auto& [name, line] : report.figures().lines) {
    if (++shown > kListedShown) break;
    table.row();
    table.cell(name).cell(line.tickets).cell(line.admitted).cell(line.most_in_a_second);
    if (line.admitted == 0) {
      table.cell("", "n");
    } else {
      table.cell(line.rate_then);
    }
  }
  table.end();
  append_rest(out, report.figures().lines.size(), kListedShown, ".");
  const auto most = busiest(report.figures());
  for (std::size_t i = 0; i < std::min(most.size(), kTurnsShown); ++i) {
    page::turns(out, most[i]->first, most[i]->second.turns);
  }
  append_rest(out, most.size(), kTurnsShown,
              " queues admitted fewer: the JSON (--json) has their turns.");
}

/// Those that admitted most.
void append_lines(std::string& out, const Figures& figures) {
  const auto lines = busiest(figures);
  if (lines.empty()) return;
  page::heading(out, "How people were let in, and how long they waited");
  for (std::size_t i = 0; i < std::min(lines.size(), kLinesShown); ++i) {
    const auto& [name, line] = *lines[i];
    out += "<h3>Queue ";
    page::append_escaped(out, name);
    out += "</h3>\n";
    page::admissions(out, name, line);
    page::waits(out, name, line.waits);
  }
  append_rest(out, lines.size(), kLinesShown, " queues admitted fewer: see the JSON (--json).");
}

void append_refusals(std::string& out, const Figures& figures) {
  const auto refusals = figures.refusals();
  if (refusals.empty()) return;
  page::heading(out, "Why requests were refused");
  std::vector<std::pair<Code, std::uint64_t>> sorted(refusals.begin(), refusals.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Table table(out, "Refusals that stand in the log, by reason");
  table.heading("Code").heading("Meaning").heading("Times", true).heading("").begin();
  for (const auto& [code, times] : sorted) {
    table.row();
    table.cell(to_text(code), "place").cell(title_of(code));
    table.bar(times, sorted.front().second);
  }
  table.end();
}

void append_draws(std::string& out, const Report& report) {
  const Figures& figures = report.figures();
  if (figures.draws.empty()) return;
  page::heading(out, "Draws, computed again");
  page::remark(out,
               "Each place of a pre-queue was computed again from what was revealed, and every "
               "admission held against it. Anybody can do the same.");
  const std::size_t shown = std::min(figures.draws.size(), kListedShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const DrawFigures& one = figures.draws[i];
    Table table(out, "The draw of queue " + one.queue);
    table.heading("What").heading("As the log has it").begin();
    const auto row = [&](std::string_view what, std::string_view value,
                         std::string_view style = "text") {
      table.row();
      table.cell(what).cell(value, style);
    };
    row("Drawn at", to_text(one.time) + ", " + report.place_of(one.at));
    row("Committed to before the first ticket (SHA-256 of the seed)", one.commitment, "hash code");
    row("Seed that was revealed", one.seed, "hash code");
    row("Beacon",
        one.beacon_name.empty() ? "none: see below" : one.beacon_name + ": " + one.beacon);
    if (!one.beacon_name.empty()) {
      row("Whether the beacon is genuine",
          "The log cannot show that this is the value that the named source published: compare it "
          "there.");
    }
    row("Tickets that were drawn", grouped(one.tickets));
    std::string first;
    for (const std::uint64_t ticket : one.first) {
      first += (first.empty() ? "" : ", ") + grouped(ticket);
    }
    row("Tickets with the first places", first);
    table.end();
  }
  append_rest(out, figures.draws_in_all, shown, " draws: the JSON (--json) lists up to 10,000.");
}

void append_acts(std::string& out, const Report& report) {
  const Figures& figures = report.figures();
  if (figures.acts.empty()) return;
  page::heading(out, "What operators did, and why");
  std::vector<const std::pair<const Act, Acts>*> acts;
  for (const auto& one : figures.acts) acts.push_back(&one);
  std::stable_sort(acts.begin(), acts.end(), [](const auto* a, const auto* b) {
    return a->second.first_at < b->second.first_at;
  });
  Table table(out, "Acts of operators that were granted, those of one reason together");
  table.heading("First at").heading("Who").heading("What").heading("Why").heading("Times", true);
  table.heading("First record").begin();
  std::uint64_t shown = 0;
  for (std::size_t i = 0; i < std::min(acts.size(), kListedShown); ++i) {
    const auto* one = acts[i];
    shown += one->second.times;
    table.row();
    table.cell(to_text(one->second.first_at), "place").cell(one->first.by);
    table.cell(act_of(one->first.type)).cell(one->first.reason).cell(one->second.times);
    table.cell(report.place_of(one->second.first), "place");
  }
  table.end();
  append_rest(out, figures.acts_in_all, shown,
              " acts of other names or reasons: the JSON (--json) lists up to 10,000 kinds, `jari "
              "export` has each of them.");
}

void append_changes(std::string& out, const Report& report) {
  const Figures& figures = report.figures();
  if (figures.changes.empty()) return;
  page::heading(out, "What changed in slots and stock");
  Table table(
      out, "Changes of slots after they were published, and of stock after its first doses came");
  table.heading("At").heading("Who").heading("What").heading("Why").heading("Record").begin();
  const std::size_t shown = std::min(figures.changes.size(), kListedShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const Change& one = figures.changes[i];
    table.row();
    table.cell(to_text(one.time), "place").cell(one.by).cell(one.what).cell(one.reason);
    table.cell(report.place_of(one.at), "place");
  }
  table.end();
  append_rest(out, figures.changes_in_all, shown,
              ": the JSON (--json) lists up to 10,000, `jari export` has each of them.");
}

void append_checkpoints(std::string& out, const Report& report) {
  if (report.checkpoints().empty()) return;
  page::heading(out, "Held against what was published before");
  Table table(out, "Checkpoints of this log, who signed them, and whether the log extends them");
  table.heading("Log time").heading("Records", true).heading("Signed by").heading("Verified");
  table.heading("Does the log extend it?").heading("SHA-256 of the checkpoint").begin();
  for (const Published& one : report.checkpoints()) {
    std::string signers;
    for (const auto& signature : one.signatures) {
      signers += (signers.empty() ? "" : ", ") + signature.name + " (key " + signature.key_id + ")";
    }
    table.row();
    table.cell(to_text(one.time), "place").cell(one.records).cell(signers);
    table.cell(one.signed_by.empty()
                   ? "not looked at: no key was named (--public-key)"
                   : "with the key of " + one.signed_by + ", SHA-256 " + one.key_hash,
               one.signed_by.empty() ? "text" : "hash");
    table.cell(one.is_extended ? "yes" : "no", one.is_extended ? "text" : "text bad");
    table.cell(one.hash, "hash code");
  }
  table.end();
}

void append_rules(std::string& out, const Report& report) {
  page::heading(out, "The rules");
  Table table(out, "What always holds, how often it could have been broken, and how often it was");
  table.heading("Rule").heading("What always holds").heading("Checked", true);
  table.heading("Violations", true).begin();
  for (std::uint8_t number = 1; number <= kRules + 1; ++number) {
    const Rule rule{number};
    if (rule == Rule::Checkpoint && report.checks_of(rule) == 0) continue;
    table.row();
    table.cell(to_text(rule), "place").cell(meaning_of(rule)).cell(report.checks_of(rule));
    const std::uint64_t broken = report.violations_of(rule);
    table.cell(broken, broken == 0 ? "n" : "n bad");
  }
  table.end();
}

void append_violations(std::string& out, const Report& report) {
  if (report.is_good()) return;
  page::heading(out, "Where they were broken");
  Table table(out, "Violations in the order they were found");
  table.heading("Rule").heading("Topic, partition, offset").heading("Record").heading("Why");
  table.begin();
  const std::size_t shown = std::min(report.violations().size(), kViolationsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const Violation& one = report.violations()[i];
    table.row();
    table.cell(to_text(one.rule), "place bad").cell(report.place_of(one.at), "place");
    table.cell(Report::type_of(one.at)).cell(one.why);
  }
  table.end();
  append_rest(out, report.violations_in_all(), shown, ".");
}

void append_listed(std::string& out, const Report& report, Kind kind) {
  const std::uint64_t all = report.listed_of(kind);
  if (all == 0) return;
  page::heading(out, heading_of(kind));
  Table table(out, grouped(all) + " in all");
  table.heading("Topic, partition, offset").heading("Who").heading("What").heading("Why").begin();
  std::size_t shown = 0;
  for (const Listed& one : report.listed()) {
    if (one.kind != kind || shown == kListedShown) continue;
    ++shown;
    table.row();
    table.cell(report.place_of(one.at), "place").cell(one.by).cell(one.what).cell(one.reason);
  }
  table.end();
  append_rest(out, all, shown, ": the JSON (--json) lists up to 10,000.");
}

void append_what_proves_the_rest(std::string& out) {
  page::heading(out, "What else proves the rest");
  out += "<ul>\n";
  for (std::uint8_t number = 1; number <= kRules; ++number) {
    const auto rest = rest_of(Rule{number});
    if (rest.empty()) continue;
    out += "<li><strong>" + to_text(Rule{number}) + "</strong> ";
    page::append_escaped(out, rest);
    out += "</li>\n";
  }
  out += "</ul>\n";
}

}  // namespace

std::string Report::html() const {
  std::string out(page::head());
  append_verdict(out);
  append_totals(out);
  append_violations(out, *this);
  append_turns(out, *this);
  append_checkpoints(out, *this);
  append_lines(out, figures_);
  append_refusals(out, figures_);
  append_draws(out, *this);
  for (const Kind kind :
       {Kind::NoBeacon, Kind::SeedLost, Kind::Override, Kind::Booking, Kind::Loss, Kind::Repair}) {
    append_listed(out, *this, kind);
  }
  append_acts(out, *this);
  append_changes(out, *this);
  append_rules(out, *this);
  append_what_proves_the_rest(out);
  append_read(out);
  return out + "</main>\n</body>\n</html>\n";
}

void Report::append_read(std::string& out) const {
  page::heading(out, "What was read");
  Table table(out, "Records of each partition, and the log time at its end");
  table.heading("Topic, partition").heading("Records", true).heading("Log time at its end").begin();
  read_.for_each([&](PartitionRef where, const Read& read) {
    if (read.records == 0) return;
    table.row();
    table.cell(identity_.topics[where.topic].name + " " + std::to_string(where.partition), "place")
        .cell(read.records)
        .cell(identity_.topics[where.topic].is_sink ? "" : to_text(read.last));
  });
  table.end();
}

}  // namespace jari::audit
