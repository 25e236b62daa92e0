// tests/bench/http_stage.h — the requests of a figure over HTTP, written out before it is measured,
// and the stage they need (stage.h), set up over HTTP.
//
// Errors:  what the service does not answer as expected is thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/http_load.h"

namespace jari::bench {

using Requests = std::vector<std::string>;

class HttpStage {
 public:
  /// Signs with the key of that file; the requests of `people`, of whom the first has this number,
  /// are made once, for every round.
  HttpStage(const std::string& key_file, std::size_t people, std::size_t first = 0);

  /// Programme, line (paused), sites, slots, stock, eligible people.
  void publish(std::uint16_t port) const;
  /// The people alone, where another has published the rest.
  void publish_people(std::uint16_t port) const;
  /// Lets in everybody who has a ticket.
  void admit(std::uint16_t port) const;
  /// The sum over all slots.
  [[nodiscard]] std::size_t booked(std::uint16_t port) const;

  [[nodiscard]] const Requests& tickets() const { return tickets_; }
  [[nodiscard]] const Requests& bookings() const { return bookings_; }
  /// Gives them away; nothing is left of the others' requests either.
  [[nodiscard]] Requests take_bookings();
  [[nodiscard]] const Requests& lines() const { return lines_; }  // the public status
  [[nodiscard]] const Requests& own() const { return own_; }      // everyone's own ticket

 private:
  [[nodiscard]] std::string token_of(const std::string& subject, const std::string& scope) const;
  void publish_sites(std::uint16_t port) const;

  std::string key_file_;
  std::size_t people_;
  std::size_t first_;
  std::string operator_token_;
  Requests tickets_;
  Requests bookings_;
  Requests lines_;
  Requests own_;
};

}  // namespace jari::bench
