// consumers/proof/merkle_tree.h — the Merkle tree over the records of a partition, as RFC 9162
// (2.1) hashes it, and the proof that one record is in it.
//
// A leaf is SHA-256(0x00 ‖ record), a node SHA-256(0x01 ‖ left ‖ right); what has no partner at the
// right edge goes up as it is. Knows no record's meaning.
//
// Units:   an index counts leaves from 0, a size counts them.
// Errors:  none; an index beyond the tree is a CHECK when a proof is made, and no when one is
//          verified.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/hash.h"

namespace jari::proof {

[[nodiscard]] Sha256 leaf_hash(Bytes record);
[[nodiscard]] Sha256 node_hash(const Sha256& left, const Sha256& right);

/// The root over all leaves so far, in the room of one hash for each bit of their count.
class MerkleRoot {
 public:
  void add(const Sha256& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Sha256 root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Sha256> whole_;  // roots of the whole subtrees, the greatest first
};

/// The tree with all of its nodes: 64 bytes a leaf.
class MerkleTree {
 public:
  void add(const Sha256& leaf);
  [[nodiscard]] std::uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  [[nodiscard]] Sha256 root() const;
  /// PATH(index, leaves), from the leaf to the root.
  [[nodiscard]] std::vector<Sha256> proof(std::uint64_t index) const;

 private:
  // [k][i]: over the leaves from i * 2^k on, all 2^k of them.
  std::vector<std::vector<Sha256>> levels_;
};

/// RFC 9162, 2.1.3.2: whether `leaf` stands at `index` of the tree with that size and root.
[[nodiscard]] bool is_included(const Sha256& leaf, std::uint64_t index, std::uint64_t size,
                               std::span<const Sha256> proof, const Sha256& root);

}  // namespace jari::proof
