// engine/http/connection.h — Connection: one client's requests in, their answers out in order.
// Never waits and never destroys itself: it asks its IoThread for both.
//
// Errors:  a fault of the client's bytes is answered and ends the connection; a fault of the socket
//          ends it.
// Threads: those of its IoThread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/chunks.h"
#include "engine/http/inbox.h"
#include "engine/http/io_thread.h"
#include "engine/http/parse.h"
#include "engine/http/throttle.h"
#include "engine/http/wire.h"

namespace jari::http {

void close_socket(int socket);

class Connection {
 public:
  Connection(IoThread& io, std::uint64_t id, int socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] int socket() const { return socket_; }

  void begin() { touch(); }
  void on_readable();
  void on_writable();
  /// The end of a round that touched it: sends, goes on with what was held back, waits again.
  void settle();
  void check_deadlines();
  void begin_stop();
  void give_up();
  /// Tells those who write to it that it is gone.
  void leave_streams();

  // Answers; one to a request that has its answer is ignored.
  void answer(std::uint64_t request, const Response& response);
  void answer_unanswered(std::uint64_t request);
  void begin_stream(std::uint64_t request, StreamBegin& begin);
  void write_stream(std::uint64_t request, std::string_view piece);
  void end_stream(std::uint64_t request);

 private:
  using Moment = IoThread::Moment;

  /// A request taken, and its answer until it is its turn.
  struct Slot {
    enum class State : std::uint8_t { Waiting, Streaming, Whole };
    State state = State::Waiting;
    WireForm form;
    std::string bytes;
    std::size_t piece_bytes = 0;          // of a stream, in `bytes`
    std::shared_ptr<StreamState> stream;  // the Stream is the other owner
    Task when_gone;
  };
  /// A request whose body is not all there; its head is kept, since views need its bytes.
  struct Upload {
    std::string head_bytes;
    ParsedHead parsed;
    BodyRules rules;
    std::string body;
    std::optional<BodyRoom> room;  // what `body` may take; none where it is dropped
    std::optional<ChunkedBody> chunks;
    std::uint64_t left = 0;                                  // of a body with a length
    [[nodiscard]] bool is_dropped() const { return !room; }  // answered already; only read over
    bool owes_continue = false;
    Moment began{};
  };

  // Reading: connection_read.cc.
  void read();
  void take(std::string_view bytes);
  std::size_t parse(std::string_view bytes);
  std::size_t begin_request(std::string_view bytes, std::size_t head_bytes);
  void begin_upload(std::string_view head_bytes, const BodyRules& rules,
                    std::optional<BodyRoom> room);
  std::optional<Response> refuse_upload(const ParsedHead& parsed, const BodyRules& rules,
                                        std::optional<BodyRoom>& room);
  bool answer_before_body(const ParsedHead& parsed, const BodyRules& rules,
                          const Response& response);
  std::size_t feed_upload(std::string_view bytes);
  void dispatch(const ParsedHead& parsed, std::string_view body, const BodyRules& rules);
  void refuse(const Fault& fault, const RequestHead* head, std::size_t body_bytes_max = 0);
  void end_input();
  void discard_input();
  bool resume();
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool wants_bytes() const;

  // Writing: connection.cc.
  std::uint64_t open_slot(const WireForm& form);
  [[nodiscard]] Slot* find_slot(std::uint64_t request);
  [[nodiscard]] bool is_front(const Slot& slot) const { return &slot == &slots_[first_]; }
  [[nodiscard]] std::string& target_of(Slot& slot);
  [[nodiscard]] std::size_t outstanding() const { return slots_.size() - first_; }
  [[nodiscard]] bool is_streaming() const;
  void release();
  void send_out();
  void count_sent(std::size_t bytes);
  void end_output();
  void leave_stream(Slot& slot);
  void take_no_more();
  void touch();
  void doom();

  IoThread& io_;
  const std::uint64_t id_;
  const int socket_;
  const std::string peer_;

  std::string pending_;  // received, not yet part of a request
  HeadScan scan_;
  std::unique_ptr<Upload> upload_;
  std::size_t discarded_bytes_ = 0;

  std::vector<Slot> slots_;  // from first_ on: unanswered, or not yet sent
  std::size_t first_ = 0;
  std::uint64_t first_request_ = 0;  // the number of slots_[first_]
  std::string out_;
  std::size_t sent_bytes_ = 0;          // of out_
  std::size_t unsent_piece_bytes_ = 0;  // of the front slot's stream, in out_

  bool takes_requests_ = true;
  bool is_held_back_ = false;  // pending_ waits for room
  bool has_input_ended_ = false;
  bool ends_when_sent_ = false;
  bool is_lingering_ = false;  // all is said; reads on so that the client gets the last answer
  bool is_dirty_ = false;
  bool is_doomed_ = false;
  bool awaits_readable_ = false;
  bool awaits_writable_ = false;
  Moment active_at_{};   // the last byte either way
  Moment head_began_{};  // first byte of what is in pending_
  Moment lingers_from_{};
  Throttle throttle_;
};

}  // namespace jari::http
