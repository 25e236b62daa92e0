// tests/system/plausible_bodies.h — PlausibleBodies: bodies about people and places that are there,
// every field of which has something in it.
//
// Errors:  none. Texts live as long as the KnownLog and this.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "tests/system/known_log.h"

namespace jari {

class PlausibleBodies {
 public:
  explicit PlausibleBodies(const KnownLog& known) : known_(known) {}

  template <class T>
  void fill(T& body) {
    if constexpr (kIsWish<T>) {
      person_ = known_.waiting;
    } else if constexpr (requires { body.appointment; }) {
      person_ = known_.booked;
    } else if constexpr (kIsOfSession<T> || requires { body.hold; }) {
      person_ = known_.holding;
    } else {
      person_ = known_.waiting;
    }
    fill_one("", body);
    if constexpr (requires { body.ticket; }) body.ticket = known_.tickets.at(person_);
    if constexpr (requires { body.set; }) body.set &= every_field(body);
    if constexpr (requires { body.prequeue; }) body.prequeue.reset();  // the line is open
    if constexpr (kIsWish<T>) body.hold = {};
    if constexpr (std::is_same_v<T, HoldRequested>) body.hold = HoldId{"h0-999999"};
    if constexpr (std::is_same_v<T, Reserve>) body.appointment = AppointmentId{"a0-999999"};
    if constexpr (std::is_same_v<T, ProgrammeConfigured>) ++body.version;
  }
  /// Whom the body that was filled last is about.
  [[nodiscard]] const std::string& person() const { return person_; }
  void be_about_who_waits() { person_ = known_.waiting; }

 private:
  template <class T>  // for something that is not there yet
  static constexpr bool kIsWish = std::is_same_v<T, BookingRequested> ||
                                  std::is_same_v<T, HoldRequested> || std::is_same_v<T, Reserve>;
  template <class T>
  static constexpr bool kIsOfSession =
      std::is_same_v<T, SessionEnded> || std::is_same_v<T, AdmissionEnded>;
  static constexpr std::int64_t kMuch = 1'000;
  static constexpr std::int64_t kLong = 3'600;
  static std::uint32_t every_field(const QueueConfigured&) { return kEveryQueueField; }
  static std::uint32_t every_field(const ProgrammeConfigured&) { return kEveryProgrammeField; }

  template <class M>
  void fill_one(std::string_view name, M& member) {
    if constexpr (flat::kIsText<M>) {
      member = M{text(name)};
    } else if constexpr (std::is_same_v<M, bool>) {
      member = name != "paused";
    } else if constexpr (flat::kIsScalar<M>) {
      using S = decltype(flat::scalar_of(member));
      flat::set_scalar(member, static_cast<S>(number(name, sizeof(S) == 1)));
    } else if constexpr (flat::kIsOptional<M>) {
      fill_one(name, member.emplace());
    } else if constexpr (flat::kIsVector<M>) {
      fill_one(name, member.emplace_back());
    } else {
      for_each_field(member, [&](std::string_view inner, auto& one) { fill_one(inner, one); });
    }
  }
  [[nodiscard]] std::string_view text(std::string_view name) const {
    if (name == "person") return person_;
    if (name == "replaces" || name == "field") return {};
    if (name == "seed" || name == "commitment") return kDigits;
    const auto known = known_.texts.find(name);
    return known == known_.texts.end() ? std::string_view{"forged"} : known->second;
  }
  [[nodiscard]] std::int64_t number(std::string_view name, bool is_byte) const {
    if (name == "expects_version" || name == "not_before" || name == "not_after") return 0;
    if (name == "set") return ~std::int64_t{0};
    if (name == "code") return static_cast<std::int64_t>(Code::SlotFull);
    if (name == "doses" && is_byte) return 1;  // of a product, not of a stock
    for (const char* one : {"doses", "capacity", "inside_max", "rate_per_second"}) {
      if (name == one) return kMuch;
    }
    for (const char* one : {"session_seconds", "hold_seconds", "length_seconds"}) {
      if (name == one) return kLong;
    }
    if (name == "length_ms") return kLong * 1'000;
    const auto known = known_.numbers.find(name);
    return known == known_.numbers.end() ? 1 : known->second;
  }

  static constexpr std::string_view kDigits =
      "0000000000000000000000000000000000000000000000000000000000000000";
  const KnownLog& known_;
  std::string person_;
};

}  // namespace jari
