#include "engine/http/reply.h"

#include <utility>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <boost/beast/http/basic_parser.hpp>
#pragma GCC diagnostic pop

namespace jari::http {
namespace {

namespace bh = boost::beast::http;
using BeastText = boost::beast::string_view;
using boost::beast::error_code;

constexpr std::uint32_t kHeadBytesMax = 64 * 1024;
constexpr int kFinalFrom = 200;  // below: 100 Continue and its like, which the answer follows

}  // namespace

struct Reply::Parser final : bh::basic_parser<false> {
  ClientAnswer answer;

 private:
  void on_request_impl(bh::verb, BeastText, BeastText, int, error_code&) override {}
  void on_response_impl(int status, BeastText, int, error_code&) override {
    answer.status = status;
  }
  void on_field_impl(bh::field, BeastText name, BeastText value, error_code&) override {
    answer.headers.push_back({std::string{name}, std::string{value}});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastText body, error_code&) override {
    answer.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText piece, error_code&) override {
    answer.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(error_code&) override {}
};

Reply::Reply(bool is_head, std::size_t body_bytes_max)
    : is_head_(is_head), body_bytes_max_(body_bytes_max) {
  begin();
}
Reply::~Reply() = default;

void Reply::begin() {
  parser_ = std::make_unique<Parser>();
  parser_->eager(true);
  parser_->skip(is_head_);
  parser_->header_limit(kHeadBytesMax);
  parser_->body_limit(body_bytes_max_);
}

bool Reply::feed(std::string_view bytes) {
  pending_.append(bytes);
  while (!pending_.empty() && !is_whole()) {
    error_code fault;
    const std::size_t taken = parser_->put({pending_.data(), pending_.size()}, fault);
    pending_.erase(0, taken);
    if (fault == bh::error::need_more) return true;
    if (fault) return false;
    if (parser_->is_done() && parser_->answer.status < kFinalFrom) begin();
  }
  return true;
}

bool Reply::end() {
  if (!parser_->got_some()) return false;
  error_code fault;
  parser_->put_eof(fault);
  return !fault && parser_->is_done();
}

bool Reply::is_whole() const {
  return parser_->is_done();
}
bool Reply::keeps_alive() const {
  return parser_->keep_alive();
}
ClientAnswer Reply::take() {
  return std::move(parser_->answer);
}

}  // namespace jari::http
