// What operators set, grant and take away.
#include "consumers/timeline/words_parts.h"

namespace jari::timeline {
namespace {

std::string version_of(const Aside& aside) {
  const bool is_known = is_granted(aside) && aside.outcome->version != 0;
  return is_known ? text(", version ", aside.outcome->version) : fate(aside);
}

bool has(std::uint32_t set, QueueField field) {
  return (set & static_cast<std::uint32_t>(field)) != 0;
}
bool has(std::uint32_t set, ProgrammeField field) {
  return (set & static_cast<std::uint32_t>(field)) != 0;
}

std::string prequeue_of(const std::optional<PrequeueSettings>& prequeue) {
  if (!prequeue) return ", no pre-queue";
  return text(", pre-queue from ", moment(prequeue->opens_at), " to ", moment(prequeue->closes_at),
              prequeue->beacon_name.empty() ? "" : text(" with beacon ", prequeue->beacon_name));
}

std::string cohorts_of(const ProgrammeConfigured& said) {
  std::string all;
  for (const CohortWindow& window : said.cohorts) {
    all += text(", cohort ", window.cohort, " from ", moment(window.opens_at), " to ",
                moment(window.closes_at));
  }
  return all.empty() ? ", no cohort" : all;
}

std::string products_of(const ProgrammeConfigured& said) {
  std::string all;
  for (const ProductSettings& product : said.products) {
    all += text(", product ", product.product);
    if (product.doses < 2) continue;
    all += text(" in ", static_cast<unsigned>(product.doses), " doses, ", product.interval_days_min,
                " days apart");
    if (product.interval_days_max != kNoLatestDay) {
      all += text(" and at most ", product.interval_days_max);
    }
  }
  return all.empty() ? ", no product" : all;
}

template <class Said>
std::string slot_said(const Said& said, std::string_view what, const Aside& aside) {
  return text("slot ", said.slot, " of ", said.site, " ", what, ": ", to_text(said.starts_at),
              " for ", said.length_seconds, " s, ", said.capacity, " places", version_of(aside));
}

}  // namespace

std::string say(const QueueConfigured& said, const Aside& aside) {
  std::string all = text("settings of queue ", said.queue);
  const auto add = [&](QueueField field, const std::string& what) {
    if (has(said.set, field)) all += what;
  };
  add(QueueField::Programme, text(", programme ", said.programme));
  add(QueueField::OpensAt, text(", opens ", moment(said.opens_at)));
  add(QueueField::ClosesAt, text(", closes ", moment(said.closes_at)));
  add(QueueField::Rate, text(", ", said.rate_per_second, " a second"));
  add(QueueField::InsideMax, text(", at most ", said.inside_max, " inside"));
  add(QueueField::SessionSeconds, text(", sessions of ", said.session_seconds, " s"));
  add(QueueField::Prequeue, prequeue_of(said.prequeue));
  add(QueueField::Message, said.message.empty() ? std::string(", no message")
                                                : text(", message \"", said.message, "\""));
  add(QueueField::Paused, said.paused ? ", paused" : ", not paused");
  add(QueueField::Rejoin, said.rejoin ? ", who is over may join again" : ", nobody joins twice");
  return all + version_of(aside);
}

std::string say(const PrequeueDrawn& said, const Aside& aside) {
  return text("the places of ", said.queue, " drawn with seed ", said.seed,
              said.beacon.empty() ? "" : text(" and beacon ", said.beacon),
              aside.place ? text(": the ticket's place is ", *aside.place) : std::string{},
              fate(aside));
}

std::string say(const ProgrammeConfigured& said, const Aside& aside) {
  std::string all = text("settings of programme ", said.programme);
  const auto add = [&](ProgrammeField field, const std::string& what) {
    if (has(said.set, field)) all += what;
  };
  add(ProgrammeField::Name, text(", named ", said.name));
  add(ProgrammeField::Queue,
      said.queue.empty() ? std::string(", no queue") : text(", queue ", said.queue));
  add(ProgrammeField::Cohorts, cohorts_of(said));
  add(ProgrammeField::Products, products_of(said));
  add(ProgrammeField::ActiveMax, text(", at most ", said.active_appointments_max, " at a time"));
  add(ProgrammeField::HoldSeconds, text(", holds of ", said.hold_seconds, " s"));
  add(ProgrammeField::RebookSeconds, text(", rights to rebook of ", said.rebook_seconds, " s"));
  return all + version_of(aside);
}

std::string say(const EligibilityGranted& said, const Aside& aside) {
  return text(
      said.person, " may book in ", said.programme, ": cohort ", said.cohort, ", ",
      static_cast<unsigned>(said.doses_done), " doses before",
      said.last_dose_on.is_known() ? text(", the last on ", to_text(said.last_dose_on)) : "",
      said.last_product.empty() ? "" : text(" of ", said.last_product), fate(aside));
}

std::string say(const EligibilityRevoked& said, const Aside& aside) {
  return text(said.person, " may not book in ", said.programme, " any more", fate(aside));
}

std::string say(const AttendanceRecorded& said, const Aside& aside) {
  return text("appointment ", said.appointment, said.attended ? " was attended" : " was missed",
              fate(aside));
}

std::string say(const SitePublished& said, const Aside& aside) {
  return text("site ", said.site, " published: ", said.name, ", region ", said.region, ", zone ",
              said.zone, version_of(aside));
}

std::string say(const SlotPublished& said, const Aside& aside) {
  return slot_said(said, "published", aside);
}

std::string say(const SlotChanged& said, const Aside& aside) {
  return slot_said(said, "changed", aside);
}

std::string say(const SlotWithdrawn& said, const Aside& aside) {
  return text("slot ", said.slot, " of ", said.site, " withdrawn, ",
              said.cancel ? "who is booked loses the appointment" : "who is booked stays booked",
              version_of(aside));
}

std::string say(const StockChanged& said, const Aside& aside) {
  const std::string_view what = said.doses >= 0 ? " added" : said.lost ? " lost" : " taken away";
  const std::int64_t doses = said.doses >= 0 ? said.doses : -said.doses;
  return text(doses, " doses of ", said.product, " at ", said.site, what, fate(aside));
}

}  // namespace jari::timeline
