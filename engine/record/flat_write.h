// engine/record/flat_write.h — a plain struct into a FlatBuffers table.
//
// Part of engine/record/flat.h. Written forwards, in one go, into room that was measured before: a
// table first, the widest of its fields first, then what it points to. Unlike FlatBuffers' own
// builder it shares no vtables: a record has two or three tables, and none of one kind.
//
// Errors:  none.
// Threads: pure; a builder belongs to one thread.
#pragma once

#include <array>

#include "engine/record/flat_room.h"

namespace jari::flat {

template <HasFields T>
std::uint32_t write(Cursor& to, const T& value);

/// Something that a table points to; says where it is.
template <class M>
std::uint32_t write_outside(Cursor& to, const M& member) {
  if constexpr (kIsText<M>) {
    const auto text = text_in(member);
    to.align(sizeof(std::uint32_t));
    const std::uint32_t at = to.at;
    to.append(static_cast<std::uint32_t>(text.size()));
    to.append(text.data(), text.size());
    ++to.at;  // texts end with a zero
    return at;
  } else if constexpr (std::is_same_v<M, Bytes>) {
    to.align(8, 4);  // they may be a buffer themselves
    const std::uint32_t at = to.at;
    to.append(static_cast<std::uint32_t>(member.size()));
    to.append(member.data(), member.size());
    return at;
  } else if constexpr (kIsVector<M>) {
    to.align(sizeof(std::uint32_t));
    const std::uint32_t at = to.at;
    to.append(static_cast<std::uint32_t>(member.size()));
    std::uint32_t slot = to.at;
    to.at += static_cast<std::uint32_t>(member.size() * sizeof slot);
    for (const auto& one : member) {
      const std::uint32_t its = write_outside(to, one);
      to.put(slot, its - slot);
      slot += sizeof slot;
    }
    return at;
  } else if constexpr (kIsOptional<M>) {
    return write(to, *member);
  } else {
    return write(to, member);
  }
}

/// A table's own part: the fields that are there, those of one alignment after the other.
template <HasFields T>
class TableWriter {
 public:
  TableWriter(Cursor& to, const T& value) : to_(to), value_(value) {
    std::uint16_t index = 0;
    std::uint16_t end = 0;
    for_each_field(value, [&](std::string_view, const auto& member) {
      ++index;
      if (is_there(member)) end = index;
    });
    const auto vtable_bytes = static_cast<std::uint16_t>(4 + 2 * end);
    // A field of eight bytes comes first, right behind the four that say where the vtable is.
    to.at += vtable_bytes;
    to.align(8, 4);
    start_ = to.at;
    vtable_ = start_ - vtable_bytes;
    to.append(static_cast<std::int32_t>(vtable_bytes));
    place<8>();
    place<4>();
    place<2>();
    place<1>();
    to.put(vtable_, vtable_bytes);
    to.put(vtable_ + 2, static_cast<std::uint16_t>(to.at - start_));
  }
  void write_what_lies_outside() {
    std::size_t index = 0;
    for_each_field(value_, [&](std::string_view, const auto& member) {
      const std::uint32_t slot = slots_[index++];
      if constexpr (!kIsInside<std::decay_t<decltype(member)>>) {
        if (slot != 0) to_.put(slot, write_outside(to_, member) - slot);
      }
    });
  }
  [[nodiscard]] std::uint32_t start() const { return start_; }

 private:
  template <std::size_t Alignment>
  void place() {
    std::uint32_t index = 0;
    for_each_field(value_, [&](std::string_view, const auto& member) {
      using M = std::decay_t<decltype(member)>;
      if constexpr (alignof(PlacedAs<M>) == Alignment) {
        if (is_there(member)) {
          to_.put(vtable_ + 4 + 2 * index, static_cast<std::uint16_t>(to_.at - start_));
          put(index, member);
          to_.at += sizeof(PlacedAs<M>);
        }
      }
      ++index;
    });
  }
  template <class M>
  void put(std::uint32_t index, const M& member) {
    if constexpr (kIsScalar<M>) {
      to_.put(to_.at, scalar_of(member));
    } else if constexpr (kIsOptional<M> && kIsStruct<M>) {
      put_struct(to_.base + to_.at, *member);
    } else if constexpr (kIsStruct<M>) {
      put_struct(to_.base + to_.at, member);
    } else {
      slots_[index] = to_.at;
    }
  }

  Cursor& to_;
  const T& value_;
  std::uint32_t start_ = 0;
  std::uint32_t vtable_ = 0;
  std::array<std::uint32_t, kFieldCount<T>> slots_{};  // of offsets still to be written
};

template <HasFields T>
std::uint32_t write(Cursor& to, const T& value) {
  TableWriter<T> table(to, value);
  table.write_what_lies_outside();
  return table.start();
}

}  // namespace jari::flat
