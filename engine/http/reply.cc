#include "engine/http/reply.h"

#include <algorithm>
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
constexpr int kNoContent = 204;
constexpr int kNotModified = 304;
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
  std::size_t on_body_impl(BeastText, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

Reply::Reply(bool is_head, std::size_t body_bytes_max)
    : is_head_(is_head), body_bytes_max_(body_bytes_max) {
  begin();
}
Reply::~Reply() = default;

void Reply::begin() {
  parser_ = std::make_unique<Parser>();
  parser_->skip(true);  // the body is read here
  parser_->eager(true);
  parser_->header_limit(kHeadBytesMax);
}

bool Reply::feed(std::string_view bytes) {
  pending_.append(bytes);
  while (!pending_.empty() && !is_whole_) {
    const std::size_t before = pending_.size();
    if (!(has_head_ ? read_body() : read_head())) return false;
    if (pending_.size() == before && !is_whole_) break;  // more must come
  }
  return true;
}

bool Reply::read_head() {
  error_code fault;
  const std::size_t taken = parser_->put({pending_.data(), pending_.size()}, fault);
  pending_.erase(0, taken);
  if (fault == bh::error::need_more) return true;
  if (fault) return false;
  const int status = parser_->answer.status;
  if (status < kFinalFrom) {
    begin();
    return true;
  }
  has_head_ = true;
  if (is_head_ || status == kNoContent || status == kNotModified) {
    is_whole_ = true;
  } else if (parser_->chunked()) {
    chunks_.emplace(body_bytes_max_);
  } else {
    lasts_until_closed_ = !parser_->content_length();
    body_left_ = parser_->content_length().value_or(body_bytes_max_);
    is_whole_ = body_left_ == 0;
  }
  return body_left_ <= body_bytes_max_;
}

bool Reply::read_body() {
  std::string& body = parser_->answer.body;
  if (chunks_) {
    pending_.erase(0, chunks_->feed(pending_, body));
    is_whole_ = chunks_->is_whole();
    return !chunks_->fault();
  }
  const auto length =
      static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, pending_.size()));
  if (lasts_until_closed_ && length < pending_.size()) return false;
  body.append(pending_, 0, length);
  pending_.erase(0, length);
  body_left_ -= length;
  is_whole_ = body_left_ == 0 && !lasts_until_closed_;
  return true;
}

bool Reply::end() {
  return is_whole_ || lasts_until_closed_;
}
bool Reply::is_whole() const {
  return is_whole_;
}
bool Reply::keeps_alive() const {
  return !lasts_until_closed_ && parser_->keep_alive();
}
ClientAnswer Reply::take() {
  return std::move(parser_->answer);
}

}  // namespace jari::http
