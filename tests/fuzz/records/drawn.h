// tests/fuzz/records/drawn.h — bytes of a fuzzer as records of the business, drawn from few ids,
// few numbers and few times, so that what is asked meets what is there.
//
// Errors:  none; where the bytes end, all that follows is nought.
// Threads: belongs to one thread; texts point into constants.
#pragma once

#include <cstdint>
#include <span>

#include "consumers/model/record.h"

namespace jari::fuzz {

class Drawn {
 public:
  explicit Drawn(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_over() const { return bytes_.empty(); }
  /// From 0 to `end` - 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t end) { return number() % end; }
  /// A number of one byte, now and then of eight.
  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::string_view text();
  [[nodiscard]] Instant instant();
  /// Bytes as they come, up to 255.
  [[nodiscard]] Bytes raw();

  template <HasFields T>
  void fill(T& value) {
    for_each_field(value, [&](std::string_view, auto& member) { fill_one(member); });
  }

 private:
  static constexpr std::uint64_t kListMost = 4;

  template <class M>
  void fill_one(M& member) {
    if constexpr (std::is_same_v<M, Instant>) {
      member = instant();
    } else if constexpr (flat::kIsScalar<M>) {
      using S = decltype(flat::scalar_of(member));
      flat::set_scalar(member, static_cast<S>(number()));
    } else if constexpr (flat::kIsText<M>) {
      member = M{text()};
    } else if constexpr (std::is_same_v<M, Bytes>) {
      member = raw();
    } else if constexpr (std::is_same_v<M, Hash128>) {
      member = {below(4), 0};
    } else if constexpr (flat::kIsVector<M>) {
      member.resize(below(kListMost));
      for (auto& one : member) fill_one(one);
    } else if constexpr (flat::kIsOptional<M>) {
      if (below(2) == 1) fill_one(member.emplace());
    } else {
      fill(member);
    }
  }

  std::span<const std::uint8_t> bytes_;
};

/// Where log time begins: a whole second.
inline constexpr Instant kBegins{1'626'087'600'000};

/// A record of the type that the bytes name, in bytes; they are valid until the next.
[[nodiscard]] Bytes drawn_body(Drawn& drawn, Encoder& encoder, RecordType type);

}  // namespace jari::fuzz
