// engine/runtime/sending_stream.h — how far a node that speaks for the source has sent one stream,
// and when it sends again.
//
// Each row once, in order; again only after an error, after its own claim, or when its own follower
// of the destination has read past where the rows were delivered and finds fewer accepted. Then
// from the row after the last accepted one on. No timer resends.
//
// Units:   seq as in Streams; `heard` and offsets are the destination's LogEnds.
// Errors:  none.
// Threads: belongs to one node's thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "engine/log/log.h"

namespace jari {

class SendingStream {
 public:
  /// The next row to send.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  /// Rows that were handed to the log and not answered yet.
  [[nodiscard]] std::uint64_t on_its_way() const {
    return next_ - 1 - std::min(next_ - 1, answered_);
  }

  /// As after our own claim: goes on after the last row that the destination has accepted.
  void begin_after(std::uint64_t last);
  void sent(std::uint64_t upto) { next_ = upto + 1; }
  /// The log says that rows up to this one stand; ends of the destination are of this moment or a
  /// later one from that `heard` on.
  void delivered(std::uint64_t upto, std::uint64_t heard);
  /// Some of what was sent may not stand.
  void failed() { has_failed_ = true; }

  /// What our own follower shows: it has applied up to `next_offset`, and accepted up to `last`.
  /// Whether rows will be sent again.
  bool look(std::uint64_t last, Offset next_offset, const LogEnds& ends);

 private:
  /// Once the follower stands at an end heard of after the delivery, it has read what was
  /// delivered.
  struct Fence {
    std::uint64_t upto = 0;
    std::uint64_t heard = 0;
    std::optional<Offset> end;
  };

  std::uint64_t next_ = 1;
  std::uint64_t answered_ = 0;  // the newest row that the log has answered for
  std::uint64_t heard_ = 0;     // from which on ends are of that moment
  bool has_failed_ = false;
  std::optional<Fence> fence_;
};

}  // namespace jari
