#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Init and its like
#include "consumers/proof/merkle_tree.h"

#include <array>
#include <initializer_list>
#include <optional>

#include <openssl/sha.h>

#include "engine/base/check.h"

namespace jari::proof {
namespace {

constexpr std::array kLeaf{std::byte{0}};
constexpr std::array kNode{std::byte{1}};

/// Of the pieces one after the other; by the plain functions, for engine/base/hash.cc's reason.
Sha256 sha256_of(std::initializer_list<Bytes> pieces) {
  SHA256_CTX context;
  Sha256 out{};
  CHECK(SHA256_Init(&context) == 1);
  for (const Bytes piece : pieces) CHECK(SHA256_Update(&context, piece.data(), piece.size()) == 1);
  CHECK(SHA256_Final(reinterpret_cast<unsigned char*>(out.data()), &context) == 1);
  return out;
}

}  // namespace

Sha256 leaf_hash(Bytes record) {
  return sha256_of({kLeaf, record});
}

Sha256 node_hash(const Sha256& left, const Sha256& right) {
  return sha256_of({kNode, left, right});
}

void MerkleRoot::add(const Sha256& leaf) {
  Sha256 hash = leaf;
  for (std::uint64_t pairs = size_; (pairs & 1U) != 0; pairs >>= 1U) {
    hash = node_hash(whole_.back(), hash);
    whole_.pop_back();
  }
  whole_.push_back(hash);
  ++size_;
}

Sha256 MerkleRoot::root() const {
  if (whole_.empty()) return sha256_of({});
  Sha256 hash = whole_.back();
  for (auto left = whole_.rbegin() + 1; left != whole_.rend(); ++left) {
    hash = node_hash(*left, hash);
  }
  return hash;
}

void MerkleTree::add(const Sha256& leaf) {
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(leaf);
  for (std::size_t level = 0; levels_[level].size() % 2 == 0; ++level) {
    if (level + 1 == levels_.size()) levels_.emplace_back();
    const auto& below = levels_[level];
    levels_[level + 1].push_back(node_hash(below[below.size() - 2], below.back()));
  }
}

Sha256 MerkleTree::root() const {
  if (levels_.empty()) return sha256_of({});
  std::optional<Sha256> edge;
  for (const auto& level : levels_) {
    if (level.size() % 2 != 0) edge = edge ? node_hash(level.back(), *edge) : level.back();
  }
  return *edge;
}

// Behind the whole nodes of a level stands at most one more: the edge, of the leaves that fill none
// of its nodes.
std::vector<Sha256> MerkleTree::proof(std::uint64_t index) const {
  CHECK(index < size());
  std::vector<Sha256> path;
  std::optional<Sha256> edge;
  std::uint64_t at = index;
  for (const auto& level : levels_) {
    const std::uint64_t partner = at ^ 1U;
    if (partner < level.size()) {
      path.push_back(level[partner]);
    } else if (partner == level.size() && edge) {
      path.push_back(*edge);
    }
    if (level.size() % 2 != 0) edge = edge ? node_hash(level.back(), *edge) : level.back();
    at /= 2;
  }
  return path;
}

bool is_included(const Sha256& leaf, std::uint64_t index, std::uint64_t size,
                 std::span<const Sha256> proof, const Sha256& root) {
  if (index >= size) return false;
  std::uint64_t at = index;
  std::uint64_t last = size - 1;
  Sha256 hash = leaf;
  for (const Sha256& partner : proof) {
    if (last == 0) return false;
    if ((at & 1U) != 0 || at == last) {
      hash = node_hash(partner, hash);
      while ((at & 1U) == 0 && at != 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node_hash(hash, partner);
    }
    at >>= 1U;
    last >>= 1U;
  }
  return last == 0 && hash == root;
}

}  // namespace jari::proof
