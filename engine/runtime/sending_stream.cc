#include "engine/runtime/sending_stream.h"

namespace jari {

void SendingStream::begin_after(std::uint64_t last) {
  next_ = last + 1;
  answered_ = last;
  has_failed_ = false;
  fence_.reset();
}

void SendingStream::delivered(std::uint64_t upto, std::uint64_t heard) {
  answered_ = std::max(answered_, upto);
  heard_ = heard;
  if (!fence_) fence_ = Fence{upto, heard, {}};
}

bool SendingStream::look(std::uint64_t last, Offset next_offset, const LogEnds& ends) {
  if (has_failed_) {
    const bool is_again = last + 1 < next_;
    begin_after(last);
    return is_again;
  }
  if (!fence_) return false;
  if (last >= fence_->upto) {
    fence_.reset();
    if (answered_ > last) fence_ = Fence{answered_, heard_, {}};
    return false;
  }
  if (!fence_->end) {
    if (ends.heard >= fence_->heard) fence_->end = ends.end;
    return false;
  }
  if (next_offset < *fence_->end) return false;
  begin_after(last);
  return true;
}

}  // namespace jari
