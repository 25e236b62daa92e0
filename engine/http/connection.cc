#include "engine/http/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "engine/http/listener.h"
#include "engine/http/problem.h"

namespace jari::http {
namespace {

constexpr std::size_t kSentKeptBytes = 64 * 1024;  // sent bytes in front of unsent ones
constexpr std::size_t kSlotsKept = 64;
constexpr milliseconds kLingerTime{2000};

}  // namespace

void close_socket(int socket) {
  ::close(socket);
}

Connection::Connection(IoThread& io, std::uint64_t id, int socket)
    : io_(io),
      id_(id),
      socket_(socket),
      peer_(Listener::peer_of(socket)),
      active_at_(io.now()),
      throttle_(io.limits().throttle_time) {}

void Connection::touch() {
  if (is_dirty_ || is_doomed_) return;
  is_dirty_ = true;
  io_.mark_dirty(*this);
}

void Connection::doom() {
  if (is_doomed_) return;
  is_doomed_ = true;
  io_.doom(*this);
}

void Connection::give_up() {
  doom();
}

std::uint64_t Connection::open_slot(const WireForm& form) {
  slots_.emplace_back();
  slots_.back().form = form;
  if (slots_.back().form.closes) takes_requests_ = false;
  return first_request_ + outstanding() - 1;
}

Connection::Slot* Connection::find_slot(std::uint64_t request) {
  if (is_doomed_ || request < first_request_ || request - first_request_ >= outstanding()) {
    return nullptr;
  }
  return &slots_[first_ + (request - first_request_)];
}

bool Connection::is_streaming() const {
  return outstanding() > 0 && slots_[first_].state == Slot::State::Streaming;
}

/// Where that slot's bytes go now: straight out if it is its turn.
std::string& Connection::target_of(Slot& slot) {
  if (!is_front(slot)) return slot.bytes;
  if (out_.capacity() <= std::string{}.capacity()) out_ = io_.take_buffer();
  return out_;
}

void Connection::answer(std::uint64_t request, const Response& response) {
  Slot* const slot = find_slot(request);
  if (slot == nullptr || slot->state != Slot::State::Waiting) return;
  append_response(target_of(*slot), response, slot->form, io_.date());
  slot->state = Slot::State::Whole;
  if (response.is_overload) throttle_.note_refusal(io_.now());
  release();
  touch();
}

void Connection::answer_unanswered(std::uint64_t request) {
  Response response = to_response({.status = 500,
                                   .code = "internal-error",
                                   .detail = "The service lost track of this request. Ask again."});
  io_.handler().refused(nullptr, response);
  answer(request, response);
}

void Connection::begin_stream(std::uint64_t request, StreamBegin& begin) {
  Slot* const slot = find_slot(request);
  if (slot == nullptr || slot->state != Slot::State::Waiting) return;
  slot->form.is_stream = true;
  slot->form.closes |= slot->form.is_http_1_0;
  if (slot->form.closes) takes_requests_ = false;
  slot->state = Slot::State::Streaming;
  slot->stream = std::move(begin.state);
  slot->when_gone = std::move(begin.when_gone);
  append_response(target_of(*slot), begin.response, slot->form, io_.date());
  if (slot->form.leaves_body_out || io_.is_stopping()) {
    leave_stream(*slot);
    end_stream(request);
  }
  touch();
}

void Connection::write_stream(std::uint64_t request, std::string_view piece) {
  Slot* const slot = find_slot(request);
  if (slot == nullptr || slot->state != Slot::State::Streaming) return;
  std::string& target = target_of(*slot);
  if (slot->form.is_http_1_0) {
    target.append(piece);
  } else {
    append_chunk(target, piece);
  }
  (is_front(*slot) ? unsent_piece_bytes_ : slot->piece_bytes) += piece.size();
  touch();
}

void Connection::end_stream(std::uint64_t request) {
  Slot* const slot = find_slot(request);
  if (slot == nullptr || slot->state != Slot::State::Streaming) return;
  if (!slot->form.is_http_1_0 && !slot->form.leaves_body_out) target_of(*slot).append(kLastChunk);
  slot->state = Slot::State::Whole;
  release();
  touch();
}

void Connection::leave_stream(Slot& slot) {
  if (slot.stream == nullptr) return;
  slot.stream->is_gone.store(true, std::memory_order_release);
  slot.stream.reset();
  if (slot.when_gone) io_.run_soon(std::move(slot.when_gone));
}

void Connection::leave_streams() {
  for (std::size_t i = first_; i < slots_.size(); ++i) {
    if (slots_[i].state == Slot::State::Streaming) leave_stream(slots_[i]);
  }
}

/// Moves the answers whose turn it is into out_.
void Connection::release() {
  while (outstanding() > 0) {
    Slot& slot = slots_[first_];
    if (!slot.bytes.empty()) {
      target_of(slot).append(slot.bytes);
      slot.bytes.clear();
    }
    unsent_piece_bytes_ += std::exchange(slot.piece_bytes, 0);
    if (slot.state != Slot::State::Whole) break;
    ends_when_sent_ |= slot.form.closes;
    unsent_piece_bytes_ = 0;
    slot = Slot{};
    ++first_;
    ++first_request_;
  }
  if (outstanding() > 0 && first_ < kSlotsKept) return;
  slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (slots_.empty() && slots_.capacity() > kSlotsKept) slots_.shrink_to_fit();
}

void Connection::send_out() {
  while (sent_bytes_ < out_.size()) {
    const auto sent =
        ::send(socket_, out_.data() + sent_bytes_, out_.size() - sent_bytes_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) {
      doom();
      return;
    }
    sent_bytes_ += static_cast<std::size_t>(sent);
    active_at_ = io_.now();
    count_sent(static_cast<std::size_t>(sent));
  }
  if (sent_bytes_ == out_.size()) {
    if (!out_.empty()) io_.give_buffer(std::exchange(out_, {}));
    sent_bytes_ = 0;
  } else if (sent_bytes_ > kSentKeptBytes) {
    out_.erase(0, sent_bytes_);
    sent_bytes_ = 0;
  }
}

/// Gives the front slot's stream room for what the socket took.
void Connection::count_sent(std::size_t bytes) {
  const std::size_t taken =
      sent_bytes_ == out_.size() ? unsent_piece_bytes_ : std::min(bytes, unsent_piece_bytes_);
  unsent_piece_bytes_ -= taken;
  if (taken > 0 && outstanding() > 0 && slots_[first_].stream != nullptr) {
    slots_[first_].stream->backlog_bytes.fetch_sub(taken, std::memory_order_relaxed);
  }
}

void Connection::settle() {
  is_dirty_ = false;
  do {
    if (is_doomed_) return;
    if (upload_ && upload_->owes_continue && outstanding() == 0) {
      upload_->owes_continue = false;
      out_.append(kContinue);
    }
    send_out();
  } while (!is_doomed_ && resume());
  if (is_doomed_) return;
  if (out_.empty() && !is_lingering_) end_output();
  if (is_doomed_) return;
  if (!awaits_readable_ && wants_bytes()) {
    awaits_readable_ = true;
    io_.await_readable(id_);
  }
  if (!awaits_writable_ && !out_.empty()) {
    awaits_writable_ = true;
    io_.await_writable(id_);
  }
}

/// All is sent: is that the end? A socket closed with bytes unread takes the last answer with it,
/// so it is closed towards the client first and read until the client closes too.
void Connection::end_output() {
  const bool is_done = has_input_ended_ && !is_held_back_ && outstanding() == 0;
  if (is_done || (ends_when_sent_ && (has_input_ended_ || io_.is_stopping()))) {
    doom();
  } else if (ends_when_sent_) {
    ::shutdown(socket_, SHUT_WR);
    is_lingering_ = true;
    lingers_from_ = io_.now();
  }
}

void Connection::on_writable() {
  awaits_writable_ = false;
  touch();
}

void Connection::check_deadlines() {
  const ServerLimits& limits = io_.limits();
  const auto is_over = [&](Moment since, milliseconds patience) {
    return io_.now() - since > patience;
  };
  bool is_late = false;
  if (is_lingering_) {
    is_late = is_over(lingers_from_, kLingerTime);
  } else if (!out_.empty()) {
    is_late = is_over(active_at_, limits.write_timeout);
  } else if (outstanding() > 0) {
    is_late = false;  // the application's turn
  } else if (upload_) {
    is_late = is_over(upload_->began, limits.body_timeout);
  } else if (!pending_.empty()) {
    is_late = is_over(head_began_, limits.head_timeout);
  } else {
    is_late = is_over(active_at_, limits.idle_timeout);
  }
  if (is_late) return doom();
  if (throttle_.is_over(io_.now())) {
    throttle_.end();
    touch();
  }
}

/// The last request it has taken is the last one of all.
void Connection::take_no_more() {
  takes_requests_ = false;
  if (outstanding() > 0) {
    slots_.back().form.closes = true;
  } else {
    ends_when_sent_ = true;
  }
}

void Connection::begin_stop() {
  if (!is_lingering_) read();  // what has arrived is still answered
  is_held_back_ = false;
  upload_.reset();
  pending_.clear();
  std::vector<std::uint64_t> streams;
  for (std::size_t i = first_; i < slots_.size(); ++i) {
    if (slots_[i].state != Slot::State::Streaming) continue;
    streams.push_back(first_request_ + (i - first_));
    leave_stream(slots_[i]);
  }
  take_no_more();
  for (const std::uint64_t request : streams) end_stream(request);
  if (is_lingering_) doom();
  touch();
}

}  // namespace jari::http
