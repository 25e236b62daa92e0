#include "engine/http/inbox.h"

#include <iterator>
#include <utility>

#include "engine/base/check.h"
#include "engine/http/handler.h"
#include "engine/http/io_thread.h"

namespace jari::http {
namespace {

/// Letters of this thread that wait for the end of its AnswerBurst.
struct Burst {
  struct Bundle {
    std::shared_ptr<Inbox> inbox;  // its io thread is the other owner
    std::vector<Letter> letters;
  };
  std::vector<Bundle> bundles;
  int depth = 0;
};

thread_local Burst burst_of_thread;

std::vector<Letter>& bundle_for(const std::shared_ptr<Inbox>& inbox) {
  for (Burst::Bundle& bundle : burst_of_thread.bundles) {
    if (bundle.inbox == inbox) return bundle.letters;
  }
  burst_of_thread.bundles.push_back({inbox, {}});
  return burst_of_thread.bundles.back().letters;
}

}  // namespace

Inbox::~Inbox() = default;

void Inbox::open(IoThread* owner) {
  const std::lock_guard lock{mutex_};
  owner_ = owner;
}

void Inbox::close() {
  std::vector<Letter> dropped;  // destroyed without the lock: what they own may put again
  const std::lock_guard lock{mutex_};
  owner_ = nullptr;
  dropped.swap(letters_);
}

void Inbox::take(std::vector<Letter>& letters) {
  const std::lock_guard lock{mutex_};
  CHECK(letters.empty());
  letters.swap(letters_);
}

void Inbox::put(Letter letter) {
  const std::lock_guard lock{mutex_};
  if (owner_ == nullptr) return;
  letters_.push_back(std::move(letter));
  if (letters_.size() == 1) owner_->wake();
}

void Inbox::put_all(std::vector<Letter>& letters) {
  {
    const std::lock_guard lock{mutex_};
    if (owner_ != nullptr && !letters.empty()) {
      if (letters_.empty()) {
        letters_.swap(letters);
        owner_->wake();
      } else {
        std::move(letters.begin(), letters.end(), std::back_inserter(letters_));
      }
    }
  }
  letters.clear();
}

void send_letter(const std::shared_ptr<Inbox>& inbox, Letter letter) {
  if (IoThread* const here = IoThread::current(); here != nullptr && here->owns(*inbox)) {
    here->deliver(std::move(letter));
  } else if (burst_of_thread.depth > 0) {
    bundle_for(inbox).push_back(std::move(letter));
  } else {
    inbox->put(std::move(letter));
  }
}

AnswerBurst::AnswerBurst() {
  ++burst_of_thread.depth;
}

AnswerBurst::~AnswerBurst() {
  if (--burst_of_thread.depth > 0) return;
  flush();
  burst_of_thread.bundles.clear();
}

void AnswerBurst::flush() {
  for (Burst::Bundle& bundle : burst_of_thread.bundles) bundle.inbox->put_all(bundle.letters);
}

Responder& Responder::operator=(Responder&& other) noexcept {
  Responder old{std::move(*this)};  // answers 500 for what we gave up
  inbox_ = std::move(other.inbox_);
  connection_ = other.connection_;
  request_ = other.request_;
  return *this;
}

Responder::~Responder() {
  if (inbox_ != nullptr) send_letter(inbox_, {connection_, request_, Unanswered{}});
}

void Responder::answer(Response response) {
  CHECK(inbox_ != nullptr);
  const auto inbox = std::move(inbox_);
  send_letter(inbox, {connection_, request_, std::move(response)});
}

Stream Responder::stream(Response response, Task when_gone) {
  CHECK(inbox_ != nullptr);
  const auto inbox = std::move(inbox_);
  Stream stream;
  stream.state_ = std::make_shared<StreamState>();
  stream.state_->inbox = inbox;
  stream.state_->connection = connection_;
  stream.state_->request = request_;
  send_letter(inbox, {connection_, request_,
                      StreamBegin{std::move(response), std::move(when_gone), stream.state_}});
  return stream;
}

std::uint32_t Responder::thread() const {
  CHECK(inbox_ != nullptr);
  return inbox_->thread();
}

Stream& Stream::operator=(Stream&& other) noexcept {
  end();
  state_ = std::move(other.state_);
  return *this;
}

Stream::~Stream() {
  end();
}

StreamWrite Stream::write(std::string_view piece) {
  if (is_gone()) return StreamWrite::Gone;
  if (piece.empty()) return StreamWrite::Taken;
  const std::size_t before = state_->backlog_bytes.load(std::memory_order_relaxed);
  if (before != 0 && before + piece.size() > kStreamBacklogBytesMax) return StreamWrite::Full;
  state_->backlog_bytes.fetch_add(piece.size(), std::memory_order_relaxed);
  send_letter(state_->inbox,
              {state_->connection, state_->request, StreamPiece{std::string{piece}}});
  return StreamWrite::Taken;
}

bool Stream::is_gone() const {
  return state_ == nullptr || state_->is_gone.load(std::memory_order_acquire);
}

void Stream::end() {
  const auto state = std::move(state_);
  if (state == nullptr || state->is_gone.load(std::memory_order_acquire)) return;
  send_letter(state->inbox, {state->connection, state->request, StreamEnd{}});
}

}  // namespace jari::http
