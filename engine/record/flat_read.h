// engine/record/flat_read.h — a FlatBuffers table into a plain struct, every field verified first.
//
// Half of engine/record/flat.h.
//
// Errors:  false for bytes that do not verify, or hold a text beyond kTextBytesMax. Views point
// into the bytes read. Threads: pure.
#pragma once

#include "engine/record/flat_write.h"

namespace jari::flat {

// Reading: verified field by field, then copied or viewed.

using Verifier = flatbuffers::Verifier;
using RawTable = flatbuffers::Table;
using RawText = flatbuffers::String;
using RawBytes = flatbuffers::Vector<std::uint8_t>;

template <HasFields T>
bool read(Verifier& verifier, const RawTable* table, T& out);

inline bool read_text(Verifier& verifier, const RawText* raw, std::string_view& out) {
  if (raw == nullptr || !verifier.VerifyString(raw) || raw->size() > kTextBytesMax) return false;
  out = {raw->c_str(), raw->size()};
  return true;
}

template <class M>
bool read_list(Verifier& verifier, const RawTable* table, flatbuffers::voffset_t slot, M& out) {
  using One = typename M::value_type;
  using Raw = std::conditional_t<kIsText<One>, RawText, RawTable>;
  const auto* list = table->GetPointer<const flatbuffers::Vector<flatbuffers::Offset<Raw>>*>(slot);
  if (!verifier.VerifyVector(list)) return false;
  out.reserve(list->size());
  for (flatbuffers::uoffset_t i = 0; i < list->size(); ++i) {
    One one{};
    if constexpr (kIsText<One>) {
      std::string_view text;
      if (!read_text(verifier, list->Get(i), text)) return false;
      one = One{text};
    } else if (!read(verifier, list->Get(i), one)) {
      return false;
    }
    out.push_back(std::move(one));
  }
  return true;
}

template <class M>
bool read_outside(Verifier& verifier, const RawTable* table, flatbuffers::voffset_t slot, M& out) {
  if (!table->VerifyOffset(verifier, slot)) return false;
  if (table->GetOptionalFieldOffset(slot) == 0) return true;
  if constexpr (kIsText<M>) {
    std::string_view text;
    if (!read_text(verifier, table->GetPointer<const RawText*>(slot), text)) return false;
    out = M{text};
    return true;
  } else if constexpr (std::is_same_v<M, Bytes> || std::is_same_v<M, Hash128>) {
    const auto* raw = table->GetPointer<const RawBytes*>(slot);
    if (!verifier.VerifyVector(raw)) return false;
    if constexpr (std::is_same_v<M, Bytes>) {
      out = std::as_bytes(std::span{raw->data(), raw->size()});
    } else {
      if (raw->size() != sizeof out) return false;
      std::memcpy(&out, raw->data(), sizeof out);
    }
    return true;
  } else if constexpr (kIsVector<M>) {
    return read_list(verifier, table, slot, out);
  } else if constexpr (kIsOptional<M>) {
    return read(verifier, table->GetPointer<const RawTable*>(slot), out.emplace());
  } else {
    return read(verifier, table->GetPointer<const RawTable*>(slot), out);
  }
}

template <HasFields T>
bool read(Verifier& verifier, const RawTable* table, T& out) {
  if (table == nullptr || !table->VerifyTableStart(verifier)) return false;
  std::size_t index = 0;
  bool good = true;
  for_each_field(out, [&](std::string_view, auto& member) {
    using M = std::decay_t<decltype(member)>;
    const auto slot = slot_of(index++);
    if (!good) return;
    if constexpr (kIsScalar<M>) {
      using S = decltype(scalar_of(member));
      good = table->VerifyField<S>(verifier, slot, sizeof(S));
      if (good) set_scalar(member, table->GetField<S>(slot, S{}));
    } else {
      good = read_outside(verifier, table, slot, member);
    }
  });
  return good && verifier.EndTable();
}

/// The whole buffer as a table of kind T. The bytes must be aligned to 8.
template <HasFields T>
[[nodiscard]] bool read_root(Bytes bytes, T& out) {
  if (bytes.size() < 8 || reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0) return false;
  const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
  Verifier verifier(start, bytes.size());
  const auto root = verifier.VerifyOffset(0);
  return root != 0 && read(verifier, reinterpret_cast<const RawTable*>(start + root), out);
}

}  // namespace jari::flat
