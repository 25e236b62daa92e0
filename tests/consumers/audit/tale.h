// tests/consumers/audit/tale.h — a log as pages that can be altered, silenced and put in, and made
// a log again; also by a forger who makes its streams fit once more.
//
// Errors:  a page that is not found fails the test.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "consumers/audit/report.h"
#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/log/simulated/simulated_log.h"

namespace jari::audit {

/// One record. Its texts live as long as the page's bytes do.
struct Page {
  At at;
  std::string record;
  [[nodiscard]] Envelope envelope() const { return read_envelope(bytes_of(record)).value(); }
  void write(const Envelope& envelope);
};

class Tale {
 public:
  explicit Tale(SimulatedLog& log);
  [[nodiscard]] std::unique_ptr<SimulatedLog> log() const;

  /// The nth page (from 0) whose body is a T of which `is_it` says yes.
  template <class T>
  Page& find(const std::function<bool(const T&, const Envelope&)>& is_it, std::size_t nth = 0) {
    for (Page& page : pages_) {
      const Envelope envelope = page.envelope();
      if (!is_business(envelope) || envelope.type != kTypeOf<T>) continue;
      const Record record = decode(envelope.type, envelope.body);
      const T* body = std::get_if<T>(&record);
      if (body != nullptr && is_it(*body, envelope) && nth-- == 0) return page;
    }
    ADD_FAILURE() << "no such page";
    return pages_.front();
  }
  /// Alters the first T that `change` says true to, and says where it stands.
  template <class T>
  At alter(const std::function<bool(T&, Envelope&)>& change) {
    for (Page& page : pages_) {
      if (alter_page<T>(page, change)) return page.at;
    }
    ADD_FAILURE() << "nothing was altered";
    return {};
  }
  template <class T>
  void alter_all(const std::function<bool(T&, Envelope&)>& change) {
    for (Page& page : pages_) alter_page<T>(page, change);
  }
  /// One of the engine's own.
  template <class T>
  At alter_own(RecordKind kind, const std::function<bool(T&, const At&)>& change) {
    for (Page& page : pages_) {
      Envelope envelope = page.envelope();
      T body;
      if (envelope.kind != kind || !flat::read_root(envelope.body, body)) continue;
      if (!change(body, page.at)) continue;
      flat::Builder builder;
      const std::string bytes(text_of(flat::write_root(builder, body)));
      envelope.body = bytes_of(bytes);
      page.write(envelope);
      return page.at;
    }
    ADD_FAILURE() << "nothing was altered";
    return {};
  }
  /// A document of sync whose JSON has `text`: the nth such page.
  Page& document(std::string_view text, std::size_t nth = 0);
  /// Puts `to` for the first `from` in the document.
  static void rewrite(Page& document, std::string_view from, std::string_view to);
  /// One bit of one byte, as the record lies in the log: the first of which `is_it` says yes to
  /// what is read then; nothing, where it is no record any more.
  using Misread = std::function<bool(const Envelope& was, const std::optional<Envelope>& is)>;
  static void flip(Page& page, const Misread& is_it);
  /// Nothing stands there any more, as far as anybody can tell.
  static void silence(Page& page);
  /// The partition's nth tick from the end.
  Page& late_tick(PartitionRef where, std::size_t nth = 0);
  /// Of the stream that comes from there, as the rows themselves say.
  Page& last_row(PartitionRef source, PartitionRef where);
  /// Puts a row of a sink behind the page. Offsets in sinks mean nothing to others.
  void insert_after(const Page& page, const Envelope& row);
  /// A genesis record more in each partition, as a backup's copy has it.
  void add_genesis(const LogIdentity& identity);
  /// The partition as another tale has it, record for record.
  void take_partition(const Tale& other, PartitionRef where);
  /// Numbers and chains every stream anew, as a forger would, who drops the acknowledgements too.
  void chain_anew();

 private:
  template <class T>
  static bool alter_page(Page& page, const std::function<bool(T&, Envelope&)>& change) {
    Envelope envelope = page.envelope();
    if (!is_business(envelope) || envelope.type != kTypeOf<T>) return false;
    Record record = decode(envelope.type, envelope.body);
    T* body = std::get_if<T>(&record);
    if (body == nullptr || !change(*body, envelope)) return false;
    Encoder encoder;
    const std::string bytes(text_of(encoder.encode(*body)));
    envelope.body = bytes_of(bytes);
    page.write(envelope);
    return true;
  }
  [[nodiscard]] static bool is_business(const Envelope& envelope);

  LogIdentity identity_;
  std::vector<Page> pages_;
};

}  // namespace jari::audit
