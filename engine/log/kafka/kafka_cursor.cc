#include "engine/log/kafka/kafka_cursor.h"

#include <cstring>

#include "engine/base/check.h"

namespace jari {
namespace {

constexpr std::size_t kBatch = 1'000;  // messages taken from librdkafka at once

Bytes header_of(const rd_kafka_headers_t* headers, const char* name) {
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return {static_cast<const std::byte*>(value), size};
}

bool is_no_place(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
         error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
}

}  // namespace

void KafkaCursor::start(Offset at) {
  stop();
  queue_.reset(rd_kafka_queue_new(client_.handle()));
  if (arrived_) {
    rd_kafka_queue_cb_event_enable(
        queue_.get(),
        [](rd_kafka_t*, void* arrived) { (*static_cast<const std::function<void()>*>(arrived))(); },
        const_cast<std::function<void()>*>(&arrived_));
  }
  next_ = at;
  is_refused_ = false;
  CHECK(rd_kafka_consume_start_queue(client_.topic(where_.topic), where_.partition,
                                     static_cast<std::int64_t>(at), queue_.get()) == 0);
}

void KafkaCursor::stop() {
  if (!queue_) return;
  rd_kafka_consume_stop(client_.topic(where_.topic), where_.partition);
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  drop();
  queue_.reset();
}

void KafkaCursor::drop() {
  for (; first_ < messages_.size(); ++first_) rd_kafka_message_destroy(messages_[first_]);
  messages_.clear();
  first_ = 0;
}

bool KafkaCursor::fetch(std::chrono::milliseconds patience) {
  drop();
  messages_.resize(kBatch);
  // A batch waits until it is full: so we wait for one, and take what has come with it.
  std::size_t count = 0;
  if (patience.count() > 0) {
    messages_[0] = rd_kafka_consume_queue(queue_.get(), static_cast<int>(patience.count()));
    count = messages_[0] == nullptr ? 0 : 1;
  }
  const auto more =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data() + count, kBatch - count);
  if (more > 0) count += static_cast<std::size_t>(more);
  messages_.resize(count);
  return count > 0;
}

KafkaCursor::Got KafkaCursor::look(Offset place, std::chrono::milliseconds patience) {
  while (true) {
    while (first_ < messages_.size()) {
      const rd_kafka_message_t& one = *messages_[first_];
      if (is_no_place(one.err)) {
        stop();
        return Got::Broken;
      }
      if (is_right_missing(one.err)) is_refused_ = true;
      if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) is_refused_ = false;
      const auto offset = static_cast<Offset>(one.offset);
      if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR && offset >= place) {
        next_ = offset;
        return Got::Record;
      }
      if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) next_ = offset + 1;
      rd_kafka_message_destroy(messages_[first_++]);
    }
    if (!fetch(patience)) return Got::Nothing;
  }
}

Error KafkaCursor::refusal() const {
  return {ErrorCode::Unavailable,
          std::string{"topic "} + rd_kafka_topic_name(client_.topic(where_.topic)) +
              " cannot be read: " +
              words_of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "READ of it")};
}

void KafkaCursor::pop() {
  next_ = static_cast<Offset>(message().offset) + 1;
  rd_kafka_message_destroy(messages_[first_++]);
}

LogRecord KafkaRecordReader::read(PartitionRef where, const rd_kafka_message_t& message) {
  Bytes bytes{static_cast<const std::byte*>(message.payload), message.len};
  Bytes seal;
  std::optional<std::string> record;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    seal = header_of(headers, kSealHeader);
    const Bytes rest = is_sink_[where.topic] ? header_of(headers, kRowHeader) : Bytes{};
    if (!rest.empty()) record = record_of_row(bytes, rest);
    if (record) bytes = bytes_of(*record);
  }
  bytes = aligned(bytes);
  LogRecord read{where, static_cast<Offset>(message.offset), bytes};
  read.is_forged = seal_.is_forged(read, is_sink_[where.topic], seal);
  return read;
}

Bytes KafkaRecordReader::aligned(Bytes bytes) {
  room_.resize(bytes.size() / sizeof(std::uint64_t) + 1);
  if (!bytes.empty()) std::memcpy(room_.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const std::byte*>(room_.data()), bytes.size()};
}

}  // namespace jari
