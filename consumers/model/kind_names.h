// consumers/model/kind_names.h — what the engine's own records are called.
//
// Errors:  none.
// Threads: constants.
#pragma once

#include <string_view>

#include "engine/record/envelope.h"

namespace jari {

/// The engine's own records; empty for the business's.
[[nodiscard]] constexpr std::string_view name_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::Genesis:
      return "Genesis";
    case RecordKind::Tick:
      return "Tick";
    case RecordKind::Claim:
      return "Claim";
    case RecordKind::Ack:
      return "Ack";
    case RecordKind::Barrier:
      return "Barrier";
    case RecordKind::TimeJump:
      return "TimeJump";
    case RecordKind::StreamSet:
      return "StreamSet";
    case RecordKind::Disputed:
      return "Disputed";
    case RecordKind::Reissue:
      return "Reissue";
    default:
      return {};
  }
}

}  // namespace jari
