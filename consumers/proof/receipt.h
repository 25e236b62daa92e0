// consumers/proof/receipt.h — Receipt: one record of a log with the proof that a checkpoint covers
// it, to be given to whom it is about and checked without any log.
//
// A row of `sync` (an appointment as it was at one of its versions) or of `outcomes` (what was
// decided of a request, a ticket among them). Proves that it stood there; not that nothing came
// after it, and not what a checkpoint does not cover.
//
// As JSON, one line: form, log, checkpoint (SHA-256 of its text), topic, partition, offset, size,
// says (for people: what the record says), record (base64), proof (hashes in hex, leaf to root).
//
// Errors:  BadBytes for what is no receipt, or holds no such record; LogMismatch for one of another
//          checkpoint; DigestMismatch where it does not fit the one it names.
// Threads: plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "consumers/proof/checkpoint.h"
#include "consumers/proof/merkle_tree.h"

namespace jari::proof {

inline constexpr std::string_view kReceiptForm = "jari receipt 1";
inline constexpr std::size_t kReceiptBytesMax = std::size_t{256} << 10;

struct Receipt {
  Hash128 log;
  Sha256 checkpoint{};  // hash_of() it
  std::string topic;
  PartitionNo partition = 0;
  Offset offset = 0;
  Offset size = 0;     // of the partition, in the checkpoint
  std::string says;    // JSON
  std::string record;  // its bytes
  std::vector<Sha256> proof;
};

/// What a row says, as JSON. BadBytes for a record that is no row of that topic.
[[nodiscard]] Result<std::string> said_by(std::string_view topic, Bytes record);

[[nodiscard]] std::string to_json(const Receipt& receipt);
[[nodiscard]] Result<Receipt> parse_receipt(std::string_view json);

/// Whether all of it is so.
[[nodiscard]] Result<void> verify(const Receipt& receipt, const Checkpoint& checkpoint);
/// What it proves, for people: some lines. Of one that verifies.
[[nodiscard]] std::string words_of(const Receipt& receipt, const Checkpoint& checkpoint);

}  // namespace jari::proof
