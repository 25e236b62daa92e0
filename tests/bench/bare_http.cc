#include "tests/bench/bare_http.h"

#include <charconv>
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace jari::bench {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using Tcp = net::ip::tcp;
using Answer = beast::http::response<beast::http::string_body>;

constexpr std::size_t kStatusAt = 9;  // after `HTTP/1.1 `
constexpr std::string_view kFiller = "Filler";
constexpr std::size_t kFillerLine = kFiller.size() + 4;  // with `: ` and the line's end

/// An answer as long as asked for, as far as its head may be filled up.
Answer answer_of(const AnswerShape& shape) {
  Answer answer{static_cast<beast::http::status>(shape.status), 11};
  answer.set(beast::http::field::content_type, "application/json");
  answer.body().assign(shape.body_bytes, ' ');
  answer.prepare_payload();
  std::size_t head = 2;
  for (const auto& field : answer) head += field.name_string().size() + field.value().size() + 4;
  head += kStatusAt + 3 + 1 + answer.reason().size() + 2;
  if (head + kFillerLine < shape.head_bytes) {
    answer.set(kFiller, std::string(shape.head_bytes - head - kFillerLine, 'x'));
  }
  return answer;
}

/// A connection: reads one request, writes one answer, and again.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, const Answer& answer) : socket_(std::move(socket)), answer_(answer) {
    socket_.set_option(Tcp::no_delay(true));
  }

  void read() {
    request_.emplace();
    beast::http::async_read(socket_, buffer_, *request_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->write();
                            });
  }

 private:
  void write() {
    beast::http::async_write(socket_, answer_,
                             [self = shared_from_this()](beast::error_code error, std::size_t) {
                               if (!error) self->read();
                             });
  }

  Tcp::socket socket_;
  const Answer& answer_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request<beast::http::string_body>> request_;
};

}  // namespace

AnswerShape shape_of(const std::string& answer) {
  AnswerShape shape;
  shape.head_bytes = answer.find("\r\n\r\n") + 4;
  shape.body_bytes = answer.size() - shape.head_bytes;
  std::from_chars(answer.data() + kStatusAt, answer.data() + kStatusAt + 3, shape.status);
  return shape;
}

struct BareHttp::Parts {
  explicit Parts(const AnswerShape& shape)
      : answer(answer_of(shape)),
        acceptor(context, Tcp::endpoint(net::ip::address_v4::loopback(), 0)) {
    accept();
    thread = std::thread([this] { context.run(); });
  }
  ~Parts() {
    context.stop();
    thread.join();
  }

  void accept() {
    acceptor.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error) return;
      std::make_shared<Session>(std::move(socket), answer)->read();
      accept();
    });
  }

  const Answer answer;
  net::io_context context{1};
  Tcp::acceptor acceptor;
  std::thread thread;
};

BareHttp::BareHttp(AnswerShape answer) : parts_(std::make_unique<Parts>(answer)) {}
BareHttp::~BareHttp() = default;

std::uint16_t BareHttp::port() const {
  return parts_->acceptor.local_endpoint().port();
}

}  // namespace jari::bench
