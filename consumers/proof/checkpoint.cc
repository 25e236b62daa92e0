#include "consumers/proof/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

namespace jari::proof {
namespace {

constexpr std::string_view kLog = "log ";
constexpr std::string_view kTime = "time ";
constexpr std::size_t kWords = 5;  // of a partition's line
constexpr std::size_t kWordsWithDigest = 8;

Error no_checkpoint(std::string_view why) {
  return {ErrorCode::BadBytes, "it is no checkpoint: " + std::string(why)};
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc{} && end == text.data() + text.size();
}

bool read_hash(std::string_view text, Sha256& to) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != to.size()) return false;
  std::copy_n(bytes_of(*bytes).begin(), to.size(), to.begin());
  return true;
}

std::optional<PartitionMark> read_mark(std::string_view line) {
  const auto words = split(line, ' ');
  if (words.size() != kWords && words.size() != kWordsWithDigest) return std::nullopt;
  PartitionMark mark;
  mark.topic = words[0];
  const bool is_read = !mark.topic.empty() && read_number(words[1], mark.partition) &&
                       read_number(words[2], mark.size) && read_hash(words[3], mark.chain) &&
                       read_hash(words[4], mark.root);
  if (!is_read) return std::nullopt;
  if (words.size() == kWords) return mark;
  DigestMark said;
  const auto digest = parse_hash128(words[7]);
  if (!digest || !read_number(words[5], said.tick) || !read_number(words[6], said.upto) ||
      said.tick >= mark.size) {
    return std::nullopt;
  }
  said.digest = *digest;
  mark.digest = said;
  return mark;
}

/// The line's rest behind its first word.
std::optional<std::string_view> behind(std::string_view line, std::string_view word) {
  if (line.substr(0, word.size()) != word) return std::nullopt;
  return line.substr(word.size());
}

}  // namespace

const PartitionMark* Checkpoint::find(std::string_view topic, PartitionNo partition) const {
  const auto found = std::find_if(
      partitions.begin(), partitions.end(),
      [&](const PartitionMark& one) { return one.topic == topic && one.partition == partition; });
  return found == partitions.end() ? nullptr : &*found;
}

std::uint64_t Checkpoint::records() const {
  return std::accumulate(
      partitions.begin(), partitions.end(), std::uint64_t{0},
      [](std::uint64_t sum, const PartitionMark& one) { return sum + one.size; });
}

std::string to_text(const Checkpoint& checkpoint) {
  std::string text(kCheckpointOrigin);
  text += '\n';
  text.append(kLog).append(to_text(checkpoint.log)) += '\n';
  text.append(kTime).append(to_text(checkpoint.time)) += '\n';
  for (const PartitionMark& mark : checkpoint.partitions) {
    text += mark.topic + ' ' + std::to_string(mark.partition) + ' ' + std::to_string(mark.size) +
            ' ' + to_hex(mark.chain) + ' ' + to_hex(mark.root);
    if (mark.digest) {
      text += ' ' + std::to_string(mark.digest->tick) + ' ' + std::to_string(mark.digest->upto) +
              ' ' + to_text(mark.digest->digest);
    }
    text += '\n';
  }
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto lines = split(text, '\n');
  if (lines[0] != kCheckpointOrigin) {
    return no_checkpoint("it does not begin with `" + std::string(kCheckpointOrigin) + "`");
  }
  if (lines.size() < 4 || !lines.back().empty()) return no_checkpoint("it is not whole");
  Checkpoint checkpoint;
  const auto log = parse_hash128(behind(lines[1], kLog).value_or(""));
  const auto time = parse_instant(behind(lines[2], kTime).value_or(""));
  if (!log) return no_checkpoint("its second line names no log");
  if (!time) return no_checkpoint("its third line says no time");
  checkpoint.log = *log;
  checkpoint.time = *time;
  for (std::size_t number = 3; number + 1 < lines.size(); ++number) {
    auto mark = read_mark(lines[number]);
    if (!mark || checkpoint.find(mark->topic, mark->partition) != nullptr) {
      return no_checkpoint("line " + std::to_string(number + 1) + " is none of a partition");
    }
    checkpoint.partitions.push_back(std::move(*mark));
  }
  if (to_text(checkpoint) != text) return no_checkpoint("it is not written as one");
  return checkpoint;
}

Sha256 hash_of(const Checkpoint& checkpoint) {
  return sha256(bytes_of(to_text(checkpoint)));
}

}  // namespace jari::proof
