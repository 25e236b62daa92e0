#include "tests/consumers/audit/tale.h"

#include <algorithm>
#include <map>

#include "consumers/export/record_json.h"

namespace jari::audit {

void Page::write(const Envelope& envelope) {
  flat::Builder builder;
  std::string bytes(text_of(write_envelope(builder, envelope)));
  record = std::move(bytes);
}

Tale::Tale(SimulatedLog& log) : identity_(log.identity()) {
  std::vector<LogPlace> from;
  for (const PartitionRef where : identity_.partitions()) from.push_back({where, 1});
  log.read(from,
           [&](const LogRecord& record) {
             pages_.push_back({{record.where, record.offset}, std::string(text_of(record.bytes))});
             return true;
           })
      .value();
}

// In the order it was read: what a commit had in one partition after the other.
std::unique_ptr<SimulatedLog> Tale::log() const {
  auto log = std::make_unique<SimulatedLog>(identity_);
  std::map<PartitionRef, Offset> ends;
  for (const PartitionRef where : identity_.partitions()) ends[where] = log->end(where);
  LogBatch batch;
  const auto commit = [&] {
    log->append(std::move(batch), [](const Result<void>& result) { result.value(); });
    log->settle();
    batch = {};
  };
  for (const Page& page : pages_) {
    const bool is_same = !batch.sections.empty() && batch.sections.back().where == page.at.where;
    if (!is_same && !batch.sections.empty() && page.at.where < batch.sections.back().where) {
      commit();
    }
    if (batch.sections.empty() || batch.sections.back().where != page.at.where) {
      batch.sections.emplace_back();
      batch.sections.back().where = page.at.where;
      batch.sections.back().base_offset = ends[page.at.where];
    }
    batch.sections.back().add(bytes_of(page.record));
    ++ends[page.at.where];
  }
  commit();
  return log;
}

bool Tale::is_business(const Envelope& envelope) {
  return envelope.kind == RecordKind::Request || envelope.kind == RecordKind::Effect ||
         envelope.kind == RecordKind::Row || envelope.kind == RecordKind::Own;
}

Page& Tale::document(std::string_view text, std::size_t nth) {
  for (Page& page : pages_) {
    const Envelope envelope = page.envelope();
    if (envelope.type != kAppointmentRow || envelope.kind != RecordKind::Row) continue;
    if (text_of(envelope.body).find(text) != std::string_view::npos && nth-- == 0) return page;
  }
  ADD_FAILURE() << "no document has " << text;
  return pages_.front();
}

void Tale::rewrite(Page& document, std::string_view from, std::string_view to) {
  Envelope envelope = document.envelope();
  std::string body(text_of(envelope.body));
  const auto at = body.find(from);
  ASSERT_NE(at, std::string::npos) << body;
  body.replace(at, from.size(), to);
  envelope.body = bytes_of(body);
  document.write(envelope);
}

void Tale::flip(Page& page, const Misread& is_it) {
  const Envelope was = page.envelope();
  for (std::size_t i = 0; i < page.record.size(); ++i) {
    std::string other = page.record;
    other[i] = static_cast<char>(other[i] ^ 1);
    const auto is = read_envelope(bytes_of(other));
    if (!is_it(was, is ? std::optional{*is} : std::nullopt)) continue;
    page.record = std::move(other);
    return;
  }
  ADD_FAILURE() << "no byte does that";
}

void Tale::silence(Page& page) {
  flat::Builder builder;
  const std::string body(text_of(flat::write_root(builder, Ack{})));
  Envelope nothing;
  nothing.kind = RecordKind::Ack;
  nothing.version = 1;
  nothing.body = bytes_of(body);
  page.write(nothing);
}

Page& Tale::late_tick(PartitionRef where, std::size_t nth) {
  for (auto page = pages_.rbegin(); page != pages_.rend(); ++page) {
    if (!(page->at.where == where)) continue;
    if (page->envelope().kind == RecordKind::Tick && nth-- == 0) return *page;
  }
  ADD_FAILURE() << "no tick";
  return pages_.front();
}

Page& Tale::last_row(PartitionRef source, PartitionRef where) {
  for (auto page = pages_.rbegin(); page != pages_.rend(); ++page) {
    if (!(page->at.where == where)) continue;
    const Envelope envelope = page->envelope();
    if (envelope.stream && envelope.stream->source == source) return *page;
  }
  ADD_FAILURE() << "no row";
  return pages_.front();
}

void Tale::insert_after(const Page& page, const Envelope& row) {
  Page inserted;
  inserted.at.where = row.stream->destination;
  inserted.write(row);
  const auto after = static_cast<std::ptrdiff_t>(&page - pages_.data()) + 1;
  pages_.insert(pages_.begin() + after, std::move(inserted));
  std::map<PartitionRef, Offset> next;
  for (Page& one : pages_) one.at.offset = ++next[one.at.where];  // after the genesis record
}

void Tale::add_genesis(const LogIdentity& identity) {
  std::map<PartitionRef, Offset> ends;
  for (const Page& page : pages_) ends[page.at.where] = page.at.offset;
  for (const PartitionRef where : identity_.partitions()) {
    pages_.push_back({{where, ends[where] + 1}, genesis_record(identity)});
  }
}

void Tale::take_partition(const Tale& other, PartitionRef where) {
  auto from = other.pages_.begin();
  const auto next = [&] {
    from = std::find_if(from, other.pages_.end(),
                        [&](const Page& page) { return page.at.where == where; });
    return from != other.pages_.end();
  };
  for (Page& page : pages_) {
    if (!(page.at.where == where)) continue;
    ASSERT_TRUE(next()) << "the other has fewer";
    page.record = from++->record;
  }
  EXPECT_FALSE(next()) << "the other has more";
}

void Tale::chain_anew() {
  std::map<std::pair<PartitionRef, PartitionRef>, std::pair<std::uint64_t, Hash128>> streams;
  for (Page& page : pages_) {
    Envelope envelope = page.envelope();
    Ack ack;
    if (envelope.kind == RecordKind::Ack && flat::read_root(envelope.body, ack)) silence(page);
    if (!envelope.stream) continue;
    auto& [last, hash] = streams[{envelope.stream->source, page.at.where}];
    envelope.stream->seq = ++last;
    envelope.stream->prev_hash = hash;
    envelope.stream->reverse_last = 0;
    hash = chained(hash, content_hash(envelope));
    page.write(envelope);
  }
}

}  // namespace jari::audit
