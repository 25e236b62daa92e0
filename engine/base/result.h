// engine/base/result.h — Result<T>: a value, or the one Error there is.
//
// For a world that fails (a full disk, bad bytes). What the rules refuse is an outcome on the log,
// what we did wrong is a CHECK.
//
// Errors:  reading the wrong side stops the process (CHECK); a dropped Result does not compile.
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "engine/base/check.h"

namespace jari {

/// Stable numbers: each has its line in ops/RUNBOOK.md. Append only.
enum class ErrorCode : std::uint16_t {
  BadBytes = 1,         // bytes that are not what they should be
  Io = 2,               // the disk or the network failed
  DiskFull = 3,         // no room
  LogGap = 4,           // the log has a hole: a commit is missing
  LogMismatch = 5,      // not the log that the state was made from
  WrongVersion = 6,     // written by a version that this program does not know
  InUse = 7,            // another process has it open
  NotFound = 8,         // there is no such thing
  BadArgument = 9,      // asked in a way that cannot be done
  DigestMismatch = 10,  // the same log gave another state
  Unavailable = 11,     // not now; ask again
};

struct Error {
  ErrorCode code{};
  std::string detail;  // what, where, why and what to do; one line
};

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : side_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : side_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return side_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& value() & {
    CHECK(has_value());
    return *std::get_if<0>(&side_);
  }
  [[nodiscard]] const T& value() const& {
    CHECK(has_value());
    return *std::get_if<0>(&side_);
  }
  [[nodiscard]] T&& value() && {
    CHECK(has_value());
    return std::move(*std::get_if<0>(&side_));
  }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] const Error& error() const& {
    CHECK(!has_value());
    return *std::get_if<1>(&side_);
  }
  [[nodiscard]] Error&& error() && {
    CHECK(!has_value());
    return std::move(*std::get_if<1>(&side_));
  }

 private:
  std::variant<T, Error> side_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : side_(std::move(error)) {}

  [[nodiscard]] bool has_value() const { return side_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  void value() const { CHECK(has_value()); }
  [[nodiscard]] const Error& error() const {
    CHECK(!has_value());
    return *std::get_if<1>(&side_);
  }

 private:
  std::variant<std::monostate, Error> side_;
};

}  // namespace jari
