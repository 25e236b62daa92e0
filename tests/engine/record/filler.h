// tests/engine/record/filler.h — fills a plain struct with values of which no two are the same.
//
// Errors:  none.
// Threads: belongs to one thread.
#pragma once

#include <deque>
#include <string>

#include "engine/record/flat.h"

namespace jari::schema_match {

/// Fills every field with a value of its own; the texts live as long as this does.
class Filler {
 public:
  template <HasFields T>
  void fill(T& value) {
    for_each_field(value, [&](std::string_view, auto& member) { fill_one(member); });
  }

 private:
  template <class M>
  void fill_one(M& member) {
    ++next_;
    if constexpr (flat::kIsScalar<M>) {
      using S = decltype(flat::scalar_of(member));
      const std::uint64_t value = std::is_same_v<M, bool> ? 1
                                  : std::is_enum_v<M>     ? 1 + next_ % 2  // that every enum has
                                                          : next_;
      flat::set_scalar(member, static_cast<S>(value));
    } else if constexpr (flat::kIsText<M>) {
      member = M{texts_.emplace_back("text " + std::to_string(next_))};
    } else if constexpr (std::is_same_v<M, Bytes>) {
      member = bytes_of(texts_.emplace_back("bytes " + std::to_string(next_)));
    } else if constexpr (std::is_same_v<M, Hash128>) {
      member = {next_, ~next_};
    } else if constexpr (flat::kIsVector<M>) {
      member.resize(3);
      for (auto& one : member) fill_one(one);
    } else if constexpr (flat::kIsOptional<M>) {
      fill(member.emplace());
    } else {
      fill(member);
    }
  }
  std::deque<std::string> texts_;  // a deque: its texts stay where they are
  std::uint64_t next_ = 0;
};

}  // namespace jari::schema_match
