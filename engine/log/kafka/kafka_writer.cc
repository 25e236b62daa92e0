#include "engine/log/kafka/kafka_writer.h"

#include <array>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/thread_name.h"

namespace jari {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kWaitingBytesMax = std::size_t{256} << 20;
constexpr milliseconds kLookAfter{100};
constexpr milliseconds kWaitForRoom{5};
constexpr milliseconds kLastReports{1'000};
constexpr milliseconds kRefusedFor{1'000};
constexpr milliseconds kSaidFor{5'000};

constexpr std::string_view kEveryTopic = "the log's topics";

/// What was handed over and is given up with its client.
bool is_given_up(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

Error error_of(rd_kafka_resp_err_t code, std::string_view topic = kEveryTopic) {
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    return {ErrorCode::BadArgument,
            "a record is bigger than Kafka takes (message.max.bytes, max.message.bytes): " +
                std::string{rd_kafka_err2str(code)}};
  }
  return {ErrorCode::Unavailable,
          "it may stand in the log, or not: " + words_of(code, "WRITE of " + std::string{topic})};
}

using RdHeaders = RdPtr<rd_kafka_headers_t, rd_kafka_headers_destroy>;

void add_header(RdHeaders& headers, const char* name, std::string_view value) {
  if (!headers) headers.reset(rd_kafka_headers_new(2));
  CHECK(rd_kafka_header_add(headers.get(), name, -1, value.data(),
                            static_cast<ssize_t>(value.size())) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

rd_kafka_vu_t bytes_part(rd_kafka_vtype_t what, std::string_view bytes) {
  rd_kafka_vu_t part{};
  part.vtype = what;
  part.u.mem.ptr = const_cast<char*>(bytes.data());  // it is copied
  part.u.mem.size = bytes.size();
  return part;
}

}  // namespace

KafkaWriter::KafkaWriter(KafkaWriterOptions options)
    : options_(std::move(options)), seal_(options_.seal_key), newest_(options_.topics.size()) {
  seal_.set_incarnation(options_.incarnation);
}

KafkaWriter::~KafkaWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    stops_.notify_all();
    if (reports_) rd_kafka_queue_yield(reports_.get());
  }
  if (thread_.joinable()) thread_.join();
  if (client_)
    rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  reports_.reset();
  client_.reset();
}

Result<void> KafkaWriter::start(milliseconds patience) {
  if (auto made = make_client(patience); !made) return made;
  thread_ = std::thread([this] { work(); });
  return {};
}

Result<void> KafkaWriter::make_client(milliseconds patience) {
  auto made = KafkaClient::make(options_.role, options_.settings,
                                {{},
                                 [this](const rd_kafka_message_t& one) { delivered(one); },
                                 options_.say,
                                 options_.statistics});
  if (!made) return made.error();
  auto found = (*made)->take_topics(options_.topics, patience);
  const std::lock_guard lock(mutex_);
  client_ = std::move(*made);
  ++clients_;
  reports_.reset(rd_kafka_queue_get_main(client_->handle()));
  return found;
}

void KafkaWriter::append(LogBatch batch, Log::Done done) {
  const std::size_t bytes = batch.bytes();
  const std::lock_guard lock(mutex_);
  const bool is_too_much = bytes_ + bytes > kWaitingBytesMax;
  if (is_too_much) batch.sections.clear();
  if (!is_too_much) bytes_ += bytes;
  asked_.push_back({std::move(batch), std::move(done), is_too_much});
  ++open_;
  if (asked_.size() == 1 && reports_) rd_kafka_queue_yield(reports_.get());
}

void KafkaWriter::flush() {
  std::unique_lock lock(mutex_);
  is_idle_.wait(lock, [this] { return open_ == 0; });
}

void KafkaWriter::break_client() {
  const std::lock_guard lock(mutex_);
  rd_kafka_test_fatal_error(client_->handle(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "a test says so");
}

std::size_t KafkaWriter::clients() {
  const std::lock_guard lock(mutex_);
  return clients_;
}

std::deque<KafkaWriter::Asked> KafkaWriter::take() {
  const std::lock_guard lock(mutex_);
  bytes_ = 0;
  return std::exchange(asked_, {});
}

void KafkaWriter::work() {
  name_this_thread("jari-kafka-out");
  while (true) {
    auto asked = take();
    for (Asked& one : asked) produce(std::move(one));
    rd_kafka_poll(client_->handle(), asked.empty() ? static_cast<int>(kLookAfter.count()) : 0);
    if (rd_kafka_fatal_error(client_->handle(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      replace_client();
    }
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
}

/// An idempotent client that cannot keep its order ends for good. What it had may stand or not. One
/// that lacks a right is tried again at leisure.
void KafkaWriter::replace_client() {
  if (!refused_) look_for_refusal();
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->handle(), static_cast<int>(kLastReports.count()));
  {
    const std::lock_guard lock(mutex_);
    reports_.reset();
  }
  client_.reset();
  while (!batches_.empty()) {
    Batch& batch = batches_.front();
    batch.failed = refused_ ? *refused_ : error_of(RD_KAFKA_RESP_ERR__FATAL);
    batch.left = 1;
    release(batch);
  }
  if (refused_) {
    std::unique_lock lock(mutex_);
    stops_.wait_for(lock, kRefusedFor, [this] { return is_stopping_; });
    refused_.reset();
  }
  // Where no broker answers yet it asks on by itself. The settings were good once.
  const auto made = make_client(milliseconds{0});
  CHECK(client_ != nullptr);
  static_cast<void>(made.has_value());
}

void KafkaWriter::produce(Asked asked) {
  if (asked.is_too_much) {
    return answer(asked.done,
                  Error{ErrorCode::Unavailable, "too much waits to be appended; it was not"});
  }
  Batch& batch = batches_.emplace_back();
  batch.self = std::prev(batches_.end());
  batch.done = std::move(asked.done);
  batch.left = 1;  // until all of it is handed over
  batch.parts.reserve(asked.batch.sections.size());
  for (const LogSection& section : asked.batch.sections) {
    Part& part = batch.parts.emplace_back(Part{&batch, section.where});
    for (std::size_t i = 0; i < section.count(); ++i) {
      if (auto failed = produce(part, section.record(i)); failed) {
        batch.failed = std::move(failed);
        break;  // what follows must not stand without it
      }
    }
  }
  release(batch);
}

std::optional<Error> KafkaWriter::produce(Part& part, Bytes record) {
  const KafkaShape shape = options_.shape_of ? options_.shape_of(part.where, record) : KafkaShape{};
  std::optional<KafkaRow> row;
  if (shape.is_document && options_.is_sink[part.where.topic]) row = row_of(record);
  const auto seal = seal_.of(part.where, record);

  std::vector<rd_kafka_vu_t> message(3);
  message[0].vtype = RD_KAFKA_VTYPE_RKT;
  message[0].u.rkt = client_->topic(part.where.topic);
  message[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  message[1].u.i32 = part.where.partition;
  message[2].vtype = RD_KAFKA_VTYPE_OPAQUE;
  message[2].u.ptr = &part;
  rd_kafka_vu_t flags{};
  flags.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  flags.u.i = RD_KAFKA_MSG_F_COPY;
  message.push_back(flags);
  message.push_back(bytes_part(RD_KAFKA_VTYPE_VALUE, text_of(row ? row->document : record)));
  if (!shape.key.empty()) message.push_back(bytes_part(RD_KAFKA_VTYPE_KEY, shape.key));
  // Headers that it makes itself librdkafka 2.0.2 frees twice where there is no such partition, as
  // when a topic has been removed (its issue 4627). Those given to it are ours until it takes them.
  RdHeaders headers;
  if (seal) add_header(headers, kSealHeader, *seal);
  if (row) add_header(headers, kRowHeader, row->rest);
  if (headers) {
    rd_kafka_vu_t all{};
    all.vtype = RD_KAFKA_VTYPE_HEADERS;
    all.u.headers = headers.get();
    message.push_back(all);
  }

  ++part.batch->left;
  const auto error = hand_over(message);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(headers.release());
    return std::nullopt;
  }
  --part.batch->left;
  return error_of(error);
}

/// Waits for room in librdkafka's queue: what is behind must not overtake.
rd_kafka_resp_err_t KafkaWriter::hand_over(std::span<const rd_kafka_vu_t> message) {
  while (true) {
    rd_kafka_error_t* const error =
        rd_kafka_produceva(client_->handle(), message.data(), message.size());
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return code;
    rd_kafka_poll(client_->handle(), static_cast<int>(kWaitForRoom.count()));
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return code;
  }
}

void KafkaWriter::delivered(const rd_kafka_message_t& one) {
  const Part& part = *static_cast<const Part*>(one._private);
  if (auto failed = why_not(one, part.where); failed) part.batch->failed = std::move(failed);
  release(*part.batch);
}

/// A client that may write nowhere ends for that; one that may not write a topic, since it left a
/// gap there, and then only its words tell why.
void KafkaWriter::look_for_refusal() {
  std::array<char, 512> text{};
  const auto fatal = rd_kafka_fatal_error(client_->handle(), text.data(), text.size());
  if (is_right_missing(fatal)) {
    refused_ = refusal(fatal, kEveryTopic);
    return;
  }
  constexpr auto kOfTopic = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  constexpr std::string_view kBefore = "ProduceRequest for ";
  const std::string_view why{text.data()};
  if (why.find(rd_kafka_err2str(kOfTopic)) == std::string_view::npos) return;
  const auto begin = why.find(kBefore);
  std::string_view topic = kEveryTopic;
  if (begin != std::string_view::npos) topic = why.substr(begin + kBefore.size());
  refused_ = refusal(kOfTopic, topic.substr(0, topic.find(" [")));
}

/// Says it, too, for who waits for these records may not: but not each time.
Error KafkaWriter::refusal(rd_kafka_resp_err_t code, std::string_view topic) {
  Error why = error_of(code, topic);
  const auto now = std::chrono::steady_clock::now();
  const bool is_due = !said_at_ || now - *said_at_ > kSaidFor;
  if (is_due && options_.say) options_.say(kErrorLevel, why.detail);
  if (is_due) said_at_ = now;
  return why;
}

/// An acknowledgement of a repeat has no offset. One behind an earlier one's says that records
/// stand in another order than they were given: whoever gave them gives them again.
std::optional<Error> KafkaWriter::why_not(const rd_kafka_message_t& one, PartitionRef where) {
  if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::string& topic = options_.topics[where.topic];
    if (is_right_missing(one.err)) {
      refused_ = refusal(one.err, topic);
    } else if (is_given_up(one.err) && !refused_) {
      look_for_refusal();  // librdkafka gives up what waits before it is asked why
    }
    return refused_ && is_given_up(one.err) ? *refused_ : error_of(one.err, topic);
  }
  if (one.offset < 0) return std::nullopt;
  auto& topic = newest_[where.topic];
  if (topic.size() <= where.partition) topic.resize(where.partition + std::size_t{1}, -1);
  const std::int64_t before = std::exchange(topic[where.partition], one.offset);
  if (before < one.offset) return std::nullopt;
  return Error{ErrorCode::Unavailable, "it stands at offset " + std::to_string(one.offset) +
                                           ", after one given later that stands at " +
                                           std::to_string(before)};
}

void KafkaWriter::release(Batch& batch) {
  if (--batch.left > 0) return;
  Batch over = std::move(batch);
  batches_.erase(over.self);
  answer(over.done, over.failed ? Result<void>{*over.failed} : Result<void>{});
}

void KafkaWriter::answer(const Log::Done& done, const Result<void>& result) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
  if (done) done(result);
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) is_idle_.notify_all();
}

}  // namespace jari
