#include "tests/bench/http_bench.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "engine/http/token.h"
#include "tests/bench/bare_http.h"
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
    return sum + count(ways().front());  // those who book beside reads
  }

  void bare(std::uint16_t port, Figures& figures) const;
  void bare(const std::string& what, const Requests& requests, const std::string& answer,
            Figures& figures) const;
  void reads(std::uint16_t port, Figures& figures) const;
  void tickets(std::uint16_t port, Figures& figures) const;
  void bookings(std::uint16_t port, Figures& figures) const;
  [[nodiscard]] std::size_t bookings_beside_reads(std::uint16_t port, std::size_t first,
                                                  Figures& figures) const;

  Settings settings;
  TemporaryDirectory dir;
  std::string key_file;
  HttpStage stage;
};

/// The yardstick: what the HTTP library alone answers, for the bytes of one request and its answer.
void HttpBench::Parts::bare(std::uint16_t port, Figures& figures) const {
  const HttpLoad service(port);
  const auto measure = [&](const std::string& what, const Requests& requests) {
    bare(what, requests, service.answer_to(requests.front()), figures);
  };
  measure("bytes of the line's status", stage.lines());
  measure("bytes of one's own ticket", stage.own());
  measure("bytes of a ticket", stage.tickets());
  measure("bytes of a booking", stage.bookings());
}

void HttpBench::Parts::bare(const std::string& what, const Requests& requests,
                            const std::string& answer, Figures& figures) const {
  const AnswerShape shape = shape_of(answer);
  for (const Way& way : ways()) {
    const FigureName name{"bare Beast", what, way.text, "answers/s", 0};
    if (!settings.wants(name)) continue;
    const BareHttp server(shape);
    const std::size_t asked = count(way) * kReadsForEach;
    figures.add(
        name,
        HttpLoad(server.port()).run(requests, 0, asked, way.shape, static_cast<int>(shape.status)));
  }
}

void HttpBench::Parts::tickets(std::uint16_t port, Figures& figures) const {
  std::size_t first = 0;
  for (const Way& way : ways()) {  // all of them: who is to book needs one
    const Round round = HttpLoad(port).run(stage.tickets(), first, count(way), way.shape, 201);
    const FigureName name = name_of("tickets", way, "tickets/s", 19'300);
    if (settings.wants(name)) figures.add(name, round);
    first += count(way);
  }
  HttpLoad(port).run(stage.tickets(), first, people() - first, ways().back().shape, 201);
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
  first += bookings_beside_reads(port, first, figures);
  if (const std::size_t found = stage.booked(port); found != first) {
    throw std::runtime_error("the slots show " + std::to_string(found) + " bookings, and " +
                             std::to_string(first) + " were answered");
  }
}

/// How far those who only look slow down those who book. Says how many booked.
std::size_t HttpBench::Parts::bookings_beside_reads(std::uint16_t port, std::size_t first,
                                                    Figures& figures) const {
  const Way way = ways().front();
  const std::string load = way.text + ", reads beside";
  const FigureName booked{"http", "bookings over 50,000 slots", load, "bookings/s", 0};
  const FigureName read{"http", "status of the line", load + " bookings", "reads/s", 0};
  if (!settings.wants(booked)) return 0;
  constexpr std::size_t kReadsAtOnce = 1'000;
  std::atomic<bool> is_over{false};
  std::size_t reads = 0;
  std::thread reader([&] {
    while (!is_over) {
      HttpLoad(port).run(stage.lines(), 0, kReadsAtOnce, way.shape, 200);
      reads += kReadsAtOnce;
    }
  });
  const Round round = HttpLoad(port).run(stage.bookings(), first, count(way), way.shape, 201);
  is_over = true;
  reader.join();
  const double seconds = static_cast<double>(count(way)) / round.per_second;
  figures.add(booked, round);
  figures.add(read, {static_cast<double>(reads) / seconds, 0, 0, 0});
  return count(way);
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
  parts_->bare(served.port(), figures);
}

}  // namespace jari::bench
