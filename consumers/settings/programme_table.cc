#include "consumers/settings/programme_table.h"

#include <algorithm>

namespace jari::settings {
namespace {

ProgrammeRow row_of(Names& names, const ProgrammeConfigured& settings) {
  ProgrammeRow row;
  row.version = settings.version;
  row.name = settings.name;
  row.queue = names.intern(settings.queue.text);
  for (const CohortWindow& window : settings.cohorts) {
    row.cohorts.push_back({names.intern(window.cohort.text), window.opens_at, window.closes_at});
  }
  for (const ProductSettings& from : settings.products) {
    ProductRow& product = row.products.emplace_back();
    product.product = names.intern(from.product.text);
    product.doses = from.doses;
    product.interval_days_min = from.interval_days_min;
    product.interval_days_max = from.interval_days_max;
    for (const ProductId& one : from.follows) product.follows.push_back(names.intern(one.text));
  }
  row.active_appointments_max = settings.active_appointments_max;
  row.hold_seconds = settings.hold_seconds;
  row.rebook_seconds = settings.rebook_seconds;
  return row;
}

}  // namespace

const WindowRow* window_of(const ProgrammeRow& programme, Name cohort, Instant at) {
  const WindowRow* best = nullptr;
  for (const WindowRow& window : programme.cohorts) {
    const bool is_open = window.cohort == cohort && window.opens_at <= at && at < window.closes_at;
    if (is_open && (best == nullptr || best->closes_at < window.closes_at)) best = &window;
  }
  return best;
}

std::optional<Instant> next_opening(const ProgrammeRow& programme, Name cohort, Instant at) {
  std::optional<Instant> next;
  for (const WindowRow& window : programme.cohorts) {
    if (window.cohort != cohort || window.opens_at <= at) continue;
    if (window.closes_at <= window.opens_at) continue;  // holds no moment
    if (!next || window.opens_at < *next) next = window.opens_at;
  }
  return next;
}

const ProductRow* product_of(const ProgrammeRow& programme, Name product) {
  for (const ProductRow& one : programme.products) {
    if (one.product == product) return &one;
  }
  return nullptr;
}

bool may_follow(const ProductRow& product, Name before) {
  return product.product == before ||
         std::find(product.follows.begin(), product.follows.end(), before) != product.follows.end();
}

bool ProgrammeTable::apply(const ProgrammeConfigured& settings) {
  const Name programme = store_.names().intern(settings.programme.text);
  const ProgrammeRow* known = rows_.find({programme});
  if (known != nullptr && known->version >= settings.version) return false;
  rows_.put({programme}, row_of(store_.names(), settings));
  by_text_.emplace(store_.names().text(programme), programme);
  return true;
}

const ProgrammeRow* ProgrammeTable::find(ProgrammeId programme) const {
  const auto name = store_.names().find(programme.text);
  return name ? rows_.find({*name}) : nullptr;
}

ProgrammeConfigured ProgrammeTable::settings_of(Name programme, const ProgrammeRow& row) const {
  const Names& names = store_.names();
  ProgrammeConfigured settings;
  settings.programme = ProgrammeId{names.text(programme)};
  settings.set = kEveryProgrammeField;
  settings.version = row.version;
  settings.name = row.name;
  settings.queue = QueueId{names.text(row.queue)};
  for (const WindowRow& window : row.cohorts) {
    settings.cohorts.push_back(
        {CohortId{names.text(window.cohort)}, window.opens_at, window.closes_at});
  }
  for (const ProductRow& from : row.products) {
    ProductSettings& product = settings.products.emplace_back();
    product.product = ProductId{names.text(from.product)};
    product.doses = from.doses;
    product.interval_days_min = from.interval_days_min;
    product.interval_days_max = from.interval_days_max;
    for (const Name one : from.follows) product.follows.emplace_back(names.text(one));
  }
  settings.active_appointments_max = row.active_appointments_max;
  settings.hold_seconds = row.hold_seconds;
  settings.rebook_seconds = row.rebook_seconds;
  return settings;
}

void ProgrammeTable::rebuild() {
  by_text_.clear();
  rows_.for_each_unordered([&](const ProgrammeKey& key, const ProgrammeRow&) {
    by_text_.emplace(store_.names().text(key.programme), key.programme);
  });
}

}  // namespace jari::settings
