// engine/runtime/second_look.h — why a member makes a partition again, and how far it is with that.
//
// Private to engine/runtime/.
//
// Errors:  none.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>

#include "engine/record/envelope.h"

namespace jari {

struct SecondLook {
  enum class Cause : std::uint8_t {
    Contradicted = 1,  // a tick has another digest than we
    Disputed = 2,      // another node has another digest than our tick
    Doubted = 3,       // so it was in an earlier life, and could not be made again
    Behind = 4,        // the log does not have the next record any more
  };
  Cause cause = Cause::Contradicted;
  Offset until = 0;  // over once this record is applied
  Offset upto = 0;   // after this record the digests differ
  std::uint64_t epoch = 0;
  Hash128 digest;           // what whoever disputes has there
  std::string by;           // Disputed: which node
  std::string why;          // what was found
  std::string from;         // what it is made again from
  bool is_kept = true;      // the state that it had is still there
  bool is_waiting = false;  // for a copy
};

}  // namespace jari
