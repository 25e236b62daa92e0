#include "tests/bench/http_bench.h"

#include <stdexcept>

#include "engine/http/token.h"
#include "tests/bench/engine_world.h"
#include "tests/bench/http_stage.h"
#include "tests/bench/served.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::bench {
namespace {

constexpr std::size_t kPlainShare = 4;    // plain calls are so many times fewer
constexpr std::size_t kReadsForEach = 2;  // reads are so many times more

struct Way {
  std::string text;
  LoadShape shape;
  bool is_plain;
};

std::vector<Way> ways() {
  return {{"64 connections, one by one", {64, 1}, true},
          {"64 connections, pipelined x16", {64, 16}, false},
          {"256 connections, pipelined x16", {256, 16}, false}};
}

FigureName name_of(const std::string& what, const Way& way, const std::string& unit,
                   double postgresql) {
  return {"http", what, way.text, unit, postgresql};
}

}  // namespace

struct HttpBench::Parts {
  explicit Parts(const Settings& settings_to_use)
      : settings(settings_to_use),
        dir(settings.dir),
        key_file(made_key(dir / "hs256.key")),
        stage(key_file, people()) {}

  [[nodiscard]] static std::string made_key(const std::string& file) {
    value_or_end(http::make_hs256_file(file));
    return file;
  }
  [[nodiscard]] std::size_t count(const Way& way) const {
    return way.is_plain ? settings.requests / kPlainShare : settings.requests;
  }
  [[nodiscard]] std::size_t people() const {
    std::size_t sum = 0;
    for (const Way& way : ways()) sum += count(way);
    return sum;
  }

  void reads(std::uint16_t port, Figures& figures) const;
  void tickets(std::uint16_t port, Figures& figures) const;
  void bookings(std::uint16_t port, Figures& figures) const;

  Settings settings;
  TemporaryDirectory dir;
  std::string key_file;
  HttpStage stage;
};

void HttpBench::Parts::tickets(std::uint16_t port, Figures& figures) const {
  std::size_t first = 0;
  for (const Way& way : ways()) {  // all of them: who is to book needs one
    const Round round = HttpLoad(port).run(stage.tickets(), first, count(way), way.shape, 201);
    const FigureName name = name_of("tickets", way, "tickets/s", 19'300);
    if (settings.wants(name)) figures.add(name, round);
    first += count(way);
  }
}

void HttpBench::Parts::reads(std::uint16_t port, Figures& figures) const {
  for (const Way& way : ways()) {
    const auto add = [&](const std::string& what, const Requests& requests) {
      const FigureName name = name_of(what, way, "reads/s", 75'900);
      if (!settings.wants(name)) return;
      const std::size_t reads = count(way) * kReadsForEach;
      figures.add(name, HttpLoad(port).run(requests, 0, reads, way.shape, 200));
    };
    add("status of the line", stage.lines());
    add("status of one's own ticket", stage.own());
  }
}

void HttpBench::Parts::bookings(std::uint16_t port, Figures& figures) const {
  std::size_t first = 0;
  for (const Way& way : ways()) {
    const FigureName name = name_of("bookings over 50,000 slots", way, "bookings/s", 11'400);
    if (!settings.wants(name)) continue;
    figures.add(name, HttpLoad(port).run(stage.bookings(), first, count(way), way.shape, 201));
    first += count(way);
  }
  if (const std::size_t found = stage.booked(port); found != first) {
    throw std::runtime_error("the slots show " + std::to_string(found) + " bookings, and " +
                             std::to_string(first) + " were answered");
  }
}

HttpBench::HttpBench(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {}
HttpBench::~HttpBench() = default;

void HttpBench::run(Figures& figures) const {
  const TemporaryDirectory data(parts_->settings.dir);
  const Served served(parts_->settings.jari, data.path(), parts_->key_file);
  parts_->stage.publish(served.port());
  parts_->tickets(served.port(), figures);
  parts_->reads(served.port(), figures);
  parts_->stage.admit(served.port());
  parts_->bookings(served.port(), figures);
}

}  // namespace jari::bench
