#include "tests/bench/http_load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/draws.h"

namespace jari::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kEventsMax = 256;
constexpr int kPatienceMs = 10'000;
constexpr milliseconds kAsksEvery{
    20};  // of those that do not wait: what is due then leaves at once
constexpr int kPromised = 202;
constexpr std::string_view kLength = "\r\nContent-Length: ";
constexpr std::string_view kKey = "\r\nIdempotency-Key: ";
constexpr std::string_view kRetryAfter = "\r\nRetry-After: ";
constexpr std::size_t kStatusAt = 9;  // after `HTTP/1.1 `

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

int connected(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    fail("cannot connect to the service");
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

/// Where the answer that `in` begins with ends; 0 if it is not whole yet.
std::size_t end_of_answer(std::string_view in, int& status) {
  const std::size_t head_end = in.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  const std::string_view head = in.substr(0, head_end);
  std::size_t length = 0;
  if (const std::size_t at = head.find(kLength); at != std::string_view::npos) {
    std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), length);
  }
  const bool is_status = head.size() > kStatusAt + 3;
  if (is_status) std::from_chars(in.data() + kStatusAt, in.data() + kStatusAt + 3, status);
  const std::size_t end = head_end + 4 + length;
  return end <= in.size() ? end : 0;
}

}  // namespace

Round HttpLoad::run(const std::vector<std::string>& requests, std::size_t first, std::size_t count,
                    LoadShape shape, int status) {
  requests_ = &requests;
  next_ = first;
  left_ = count;
  latencies_ms_.clear();
  latencies_ms_.reserve(count);
  depth_ = shape.depth;
  status_ = status;
  open(shape.connections);
  const double from_s = now_seconds();
  for (Connection& one : connections_) fill(one);
  while (latencies_ms_.size() < count) {
    if (!poll_once(kPatienceMs)) throw std::runtime_error("the service does not answer");
  }
  Round round = round_of(latencies_ms_, from_s);
  close_all();
  return round;
}

std::string HttpLoad::answer_to(std::string_view request) const {
  const int socket = connected(port_);
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    fail("cannot send to the service");
  }
  std::string answer;
  std::array<char, 4096> some{};
  for (int status = 0; end_of_answer(answer, status) == 0;) {
    const ssize_t took = ::recv(socket, some.data(), some.size(), 0);
    if (took <= 0) fail("the service has closed a connection");
    answer.append(some.data(), static_cast<std::size_t>(took));
  }
  ::close(socket);
  return answer;
}

void HttpLoad::offer(const std::vector<std::string>& requests, std::uint64_t& key,
                     const Offer& offer, const EachSecond& each_second) {
  is_offered_ = true;
  second_ = {};
  requests_ = &requests;
  key_ = key;
  left_ = 0;
  latencies_ms_.clear();
  open(offer.most.connections);
  const auto start = Clock::now();
  auto asks_next = start;
  std::size_t due = 0;
  for (std::size_t told = 0; told < offer.seconds;) {
    const auto now = Clock::now();
    const std::chrono::duration<double> past = now - start;
    if (now >= asks_next) {
      const auto by_now =
          static_cast<std::size_t>(past.count() * static_cast<double>(offer.per_second));
      ask_what_is_due(offer, by_now - due);
      due = by_now;
      asks_next = now + kAsksEvery;
    }
    poll_once(1);
    if (past.count() < static_cast<double>(told + 1)) continue;
    tell_second(each_second);
    ++told;
  }
  while (unanswered_ > 0) {
    if (!poll_once(kPatienceMs)) {
      throw std::runtime_error(std::to_string(unanswered_) + " requests have no answer");
    }
  }
  tell_second(each_second);
  close_all();
  key = key_;
  is_offered_ = false;
}

std::size_t HttpLoad::undecided(const std::vector<std::string>& requests) const {
  std::size_t count = 0;
  for (const Asked& asked : promised_) {
    std::string request;
    append_with_key(request, requests[asked.request], asked.number);
    int found = 0;
    (void)end_of_answer(answer_to(request), found);
    if (found == kPromised || found < 200 || found >= 300) ++count;
  }
  return count;
}

void HttpLoad::offer_each_once(std::size_t requests) {
  std::vector<std::size_t> more;
  for (; offered_ < requests; ++offered_) more.push_back(offered_);
  for (std::size_t left = more.size(); left > 1; --left) {
    std::swap(more[left - 1], more[mixed(left) % left]);
  }
  fresh_.insert(fresh_.end(), more.begin(), more.end());
}

std::size_t HttpLoad::left_to_offer() const {
  return offered_ == 0 ? requests_->size() : fresh_.size();
}

std::size_t HttpLoad::take_request() {
  if (offered_ == 0) return key_ % requests_->size();
  const std::size_t request = fresh_.front();
  fresh_.pop_front();
  return request;
}

void HttpLoad::tell_second(const EachSecond& each_second) {
  second_.p50_ms = at_share(latencies_ms_, 0.5);
  second_.p99_ms = at_share(latencies_ms_, 0.99);
  latencies_ms_.clear();
  each_second(std::exchange(second_, {}));
}

/// In turn over the connections that have room; where none has any, the rest is left out.
void HttpLoad::ask_what_is_due(const Offer& offer, std::size_t due) {
  const auto now = Clock::now();
  const std::size_t share = due / connections_.size() + 1;
  for (std::size_t i = 0; i < connections_.size() && due > 0; ++i) {
    turn_ = (turn_ + 1) % connections_.size();
    Connection& to = connections_[turn_];
    if (to.waits_to_write || to.asked.size() >= offer.most.depth) continue;
    const std::size_t some =
        std::min<std::size_t>({due, share, offer.most.depth - to.asked.size(), left_to_offer()});
    for (std::size_t asked = 0; asked < some; ++asked) {
      const std::size_t request = take_request();
      append_with_key(to.out, (*requests_)[request], key_);
      to.asked.push_back({now, key_++, request});
    }
    due -= some;
    second_.asked += some;
    unanswered_ += some;
    write_out(to);
  }
}

/// The first half of its key becomes a number that no other request has.
void HttpLoad::append_with_key(std::string& out, std::string_view request, std::uint64_t key) {
  constexpr std::size_t kDigits = 16;
  const std::size_t at = request.find(kKey);
  out.append(request);
  if (at == std::string_view::npos) return;
  char* const digits = out.data() + out.size() - request.size() + at + kKey.size();
  for (std::size_t i = 0; i < kDigits; ++i) {
    digits[i] = "0123456789abcdef"[key >> (4 * (kDigits - 1 - i)) & 15];
  }
}

/// One wait for the sockets, and what they have; false where nothing came.
bool HttpLoad::poll_once(int patience_ms) {
  std::array<epoll_event, kEventsMax> events{};
  const int ready = ::epoll_wait(poll_, events.data(), kEventsMax, patience_ms);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Connection& one = connections_[event.data.u64];
    if ((event.events & EPOLLOUT) != 0) write_out(one);
    if ((event.events & EPOLLIN) != 0) read_in(one);
    fill(one);
  }
  return ready > 0;
}

void HttpLoad::open(std::size_t connections) {
  poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  connections_.assign(connections, {});
  for (Connection& one : connections_) {
    one.socket = connected(port_);
    watch(one, false, EPOLL_CTL_ADD);
  }
}

void HttpLoad::close_all() {
  for (const Connection& one : connections_) ::close(one.socket);
  connections_.clear();
  ::close(poll_);
}

void HttpLoad::watch(Connection& one, bool for_writing, int operation) {
  epoll_event event{};
  event.events = for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(&one - connections_.data());
  if (::epoll_ctl(poll_, operation, one.socket, &event) != 0) fail("epoll_ctl");
  one.waits_to_write = for_writing;
}

/// All that may be asked now leaves in one write.
void HttpLoad::fill(Connection& to) {
  if (to.asked.size() >= depth_ || left_ == 0) return;
  const auto now = Clock::now();
  for (; to.asked.size() < depth_ && left_ > 0; --left_) {
    to.out.append((*requests_)[next_ % requests_->size()]);
    ++next_;
    to.asked.push_back({now, next_, 0});
  }
  if (!to.waits_to_write) write_out(to);
}

void HttpLoad::note(std::string_view answer, int found, const Asked& asked) {
  const std::chrono::duration<double, std::milli> latency = Clock::now() - asked.at;
  if (!is_offered_) {
    if (found != status_) {
      throw std::runtime_error("an answer that was not expected: " + std::string(answer));
    }
    latencies_ms_.push_back(latency.count());
    return;
  }
  --unanswered_;
  if (found == kPromised) {
    ++second_.promised;
    promised_.push_back(asked);
  } else if (found >= 200 && found < 300) {
    ++second_.granted;
    latencies_ms_.push_back(latency.count());
  } else if (found == 503 && answer.find(kRetryAfter) != std::string_view::npos) {
    ++second_.overloaded;
    if (offered_ > 0) fresh_.push_back(asked.request);
  } else {
    ++second_.unexplained;
  }
}

void HttpLoad::write_out(Connection& to) {
  std::size_t sent = 0;
  while (sent < to.out.size()) {
    const ssize_t took =
        ::send(to.socket, to.out.data() + sent, to.out.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took < 0 && errno == EAGAIN) break;
    if (took < 0) fail("cannot send to the service");
    sent += static_cast<std::size_t>(took);
  }
  to.out.erase(0, sent);
  const bool is_left = !to.out.empty();
  if (is_left != to.waits_to_write) watch(to, is_left, EPOLL_CTL_MOD);
}

void HttpLoad::read_in(Connection& from) {
  some_.resize(kReadBytes);  // once: to fill it with zeros each time cost a quarter of a core
  const ssize_t took = ::recv(from.socket, some_.data(), some_.size(), MSG_DONTWAIT);
  if (took < 0 && errno == EAGAIN) return;
  if (took <= 0) fail("the service has closed a connection");
  from.in.append(some_.data(), static_cast<std::size_t>(took));
  std::size_t at = 0;
  while (!from.asked.empty()) {
    int found = 0;
    const std::string_view in = std::string_view{from.in}.substr(at);
    const std::size_t end = end_of_answer(in, found);
    if (end == 0) break;
    note(in.substr(0, end), found, from.asked.front());
    from.asked.pop_front();
    at += end;
  }
  from.in.erase(0, at);
}

}  // namespace jari::bench
