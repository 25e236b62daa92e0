// engine/http/client.h — Client: one HTTP/1.1 connection that asks and waits, for commands.
//
// Does not follow redirects, keep cookies or speak TLS.
//
// Errors:  Io where the service cannot be reached or does not answer in time; BadBytes where what
//          comes is not HTTP; BadArgument for a URL that is not `http://HOST[:PORT]`.
// Threads: a Client belongs to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/http/request.h"

namespace jari::http {

struct ClientOptions {
  std::string server = "http://127.0.0.1:8080";
  std::string token = {};                     // sent as `Authorization: Bearer`; empty = not
  std::chrono::milliseconds timeout{40'000};  // for each call: longer than `Prefer: wait=30`
  std::size_t body_bytes_max = 64 * 1024 * 1024;
};

struct ClientHeader {
  std::string name;
  std::string value;
};

struct ClientAnswer {
  int status = 0;
  std::vector<ClientHeader> headers;
  std::string body;
  /// The first value of `name`, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

class Client {
 public:
  /// Connects with the first call.
  [[nodiscard]] static Result<Client> make(ClientOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// Asks and waits. A kept connection that turns out to be closed is opened again and the request
  /// sent once more if it is a GET or HEAD or carries an Idempotency-Key.
  [[nodiscard]] Result<ClientAnswer> call(Method method, std::string_view target,
                                          std::string_view body = {},
                                          const std::vector<ClientHeader>& headers = {});

 private:
  struct Parts;
  explicit Client(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::http
