#include "engine/runtime/undelivered.h"

#include <algorithm>

namespace jari {

void Undelivered::delivered(const Stream& stream, std::uint64_t seq) {
  std::uint64_t& upto = delivered_[stream];
  upto = std::max(upto, seq);
  const auto rows = rows_.find(stream);
  if (rows == rows_.end()) return;
  while (!rows->second.empty() && rows->second.front().seq <= upto) rows->second.pop_front();
}

void Undelivered::stands(const Stream& stream, std::uint64_t seq) {
  if (seq == delivered_[stream] + 1) delivered(stream, seq);
}

void Undelivered::send(const Envelope& row) {
  const Stream stream{row.stream->source, row.stream->destination};
  if (row.stream->seq <= delivered_[stream]) return;
  rows_[stream].push_back({row.stream->seq, std::string(text_of(write_envelope(builder_, row)))});
}

void Undelivered::counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) {}

bool Undelivered::empty() const {
  return std::all_of(rows_.begin(), rows_.end(),
                     [](const auto& stream) { return stream.second.empty(); });
}

}  // namespace jari
