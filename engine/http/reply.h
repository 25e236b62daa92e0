// engine/http/reply.h — Reply: the bytes that a service sent, as a ClientAnswer.
//
// Errors:  feed and end are false where it is not HTTP, too large, or cut off.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/chunks.h"
#include "engine/http/client.h"

namespace jari::http {

class Reply {
 public:
  /// An answer to HEAD has no body, whatever its length says.
  Reply(bool is_head, std::size_t body_bytes_max);
  ~Reply();
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  [[nodiscard]] bool feed(std::string_view bytes);
  /// The connection was closed: true where that was how the answer ends.
  [[nodiscard]] bool end();
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] bool keeps_alive() const;
  [[nodiscard]] ClientAnswer take();

 private:
  struct Parser;
  void begin();
  bool read_head();
  bool read_body();
  bool is_head_;
  std::size_t body_bytes_max_;
  std::unique_ptr<Parser> parser_;  // of the head
  std::optional<ChunkedBody> chunks_;
  std::uint64_t body_left_ = 0;
  bool has_head_ = false;
  bool lasts_until_closed_ = false;
  bool is_whole_ = false;
  std::string pending_;
};

}  // namespace jari::http
