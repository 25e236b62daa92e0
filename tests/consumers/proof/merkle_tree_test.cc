#include "consumers/proof/merkle_tree.h"

#include <bit>
#include <string>

#include <gmock/gmock.h>

namespace jari::proof {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Leaves = std::vector<Sha256>;

Leaves leaves_of(std::size_t count) {
  Leaves all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(leaf_hash(bytes_of("record " + std::to_string(i))));
  }
  return all;
}

/// RFC 9162, 2.1.1, word for word.
Sha256 naive_root(std::span<const Sha256> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  const std::size_t split = std::bit_floor(leaves.size() - 1);
  return node_hash(naive_root(leaves.first(split)), naive_root(leaves.subspan(split)));
}

/// 2.1.3.1.
Leaves naive_proof(std::size_t index, std::span<const Sha256> leaves) {
  if (leaves.size() == 1) return {};
  const std::size_t split = std::bit_floor(leaves.size() - 1);
  const bool is_left = index < split;
  Leaves path = is_left ? naive_proof(index, leaves.first(split))
                        : naive_proof(index - split, leaves.subspan(split));
  path.push_back(naive_root(is_left ? leaves.subspan(split) : leaves.first(split)));
  return path;
}

MerkleTree tree_of(const Leaves& leaves) {
  MerkleTree tree;
  for (const Sha256& leaf : leaves) tree.add(leaf);
  return tree;
}

std::string hex(const Sha256& hash) {
  return to_hex(hash);
}

// The leaves and roots that Certificate Transparency's own tests have had since RFC 6962.
const std::vector<std::string> kInputs{"",
                                       "00",
                                       "10",
                                       "2021",
                                       "3031",
                                       "40414243",
                                       "5051525354555657",
                                       "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots{
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(MerkleTree, HasTheRootsOfCertificateTransparency) {
  MerkleRoot root;
  MerkleTree tree;
  EXPECT_EQ(hex(root.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(root.root(), tree.root());
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    const Sha256 leaf = leaf_hash(bytes_of(*from_hex(kInputs[i])));
    root.add(leaf);
    tree.add(leaf);
    EXPECT_EQ(hex(root.root()), kRoots[i]) << i + 1;
    EXPECT_EQ(hex(tree.root()), kRoots[i]) << i + 1;
  }
}

// PATH(0, D[8]), PATH(5, D[8]), PATH(2, D[3]) and PATH(1, D[5]) there.
TEST(MerkleTree, HasThePathsOfCertificateTransparency) {
  const auto path = [](std::size_t index, std::size_t size) {
    MerkleTree tree;
    for (std::size_t i = 0; i < size; ++i) tree.add(leaf_hash(bytes_of(*from_hex(kInputs[i]))));
    std::vector<std::string> all;
    for (const Sha256& hash : tree.proof(index)) all.push_back(to_hex(hash));
    return all;
  };
  EXPECT_THAT(path(0, 1), IsEmpty());
  EXPECT_THAT(path(0, 8),
              ElementsAre("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"));
  EXPECT_THAT(path(5, 8),
              ElementsAre("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"));
  EXPECT_THAT(path(2, 3),
              ElementsAre("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"));
  EXPECT_THAT(path(1, 5),
              ElementsAre("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"));
}

TEST(MerkleTree, IsTheNaiveOneAtEverySize) {
  constexpr std::size_t kSizes = 300;
  const Leaves leaves = leaves_of(kSizes);
  MerkleRoot root;
  MerkleTree tree;
  for (std::size_t size = 1; size <= kSizes; ++size) {
    root.add(leaves[size - 1]);
    tree.add(leaves[size - 1]);
    const Sha256 expected = naive_root(std::span{leaves}.first(size));
    EXPECT_EQ(root.size(), size);
    EXPECT_EQ(tree.size(), size);
    EXPECT_EQ(root.root(), expected) << size;
    EXPECT_EQ(tree.root(), expected) << size;
  }
}

TEST(MerkleTree, ProvesEveryLeafAtEverySize) {
  constexpr std::size_t kSizes = 130;
  const Leaves leaves = leaves_of(kSizes);
  for (std::size_t size = 1; size <= kSizes; ++size) {
    const Leaves some{leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(size)};
    const MerkleTree tree = tree_of(some);
    const Sha256 root = tree.root();
    for (std::size_t index = 0; index < size; ++index) {
      const Leaves proof = tree.proof(index);
      EXPECT_EQ(proof, naive_proof(index, some)) << index << " of " << size;
      EXPECT_TRUE(is_included(some[index], index, size, proof, root)) << index << " of " << size;
    }
  }
}

/// Every proof of a leaf that is not there, or not there.
TEST(MerkleTree, RefusesEveryBitThatIsAnother) {
  for (const std::size_t size : {1, 2, 3, 7, 8, 11, 16, 21}) {
    const Leaves leaves = leaves_of(size);
    const MerkleTree tree = tree_of(leaves);
    const Sha256 root = tree.root();
    for (std::size_t index = 0; index < size; ++index) {
      const Leaves proof = tree.proof(index);
      const auto refuses = [&](const Sha256& leaf, const Leaves& path, const Sha256& of) {
        return !is_included(leaf, index, size, path, of);
      };
      for (std::size_t bit = 0; bit < 256; ++bit) {
        const auto flipped = [&](Sha256 hash) {
          hash[bit / 8] ^= std::byte{1} << (bit % 8);
          return hash;
        };
        EXPECT_TRUE(refuses(flipped(leaves[index]), proof, root));
        EXPECT_TRUE(refuses(leaves[index], proof, flipped(root)));
        for (std::size_t at = 0; at < proof.size(); ++at) {
          Leaves broken = proof;
          broken[at] = flipped(broken[at]);
          EXPECT_TRUE(refuses(leaves[index], broken, root)) << index << " of " << size;
        }
      }
    }
  }
}

TEST(MerkleTree, RefusesEveryOtherPath) {
  for (const std::size_t size : {2, 3, 7, 8, 11, 16, 21}) {
    const Leaves leaves = leaves_of(size);
    const MerkleTree tree = tree_of(leaves);
    const Sha256 root = tree.root();
    for (std::size_t index = 0; index < size; ++index) {
      const Leaves proof = tree.proof(index);
      const auto refuses = [&](const Leaves& path) {
        return !is_included(leaves[index], index, size, path, root);
      };
      for (std::size_t a = 0; a < proof.size(); ++a) {
        for (std::size_t b = a + 1; b < proof.size(); ++b) {
          Leaves swapped = proof;
          std::swap(swapped[a], swapped[b]);
          EXPECT_TRUE(refuses(swapped));
        }
        Leaves shorter = proof;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(a));
        EXPECT_TRUE(refuses(shorter));
        Leaves longer = proof;
        longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(a), proof[a]);
        EXPECT_TRUE(refuses(longer));
      }
      Leaves longer = proof;
      longer.push_back(root);
      EXPECT_TRUE(refuses(longer));
      for (std::size_t other = 0; other <= size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(is_included(leaves[index], other, size, proof, root));
      }
    }
    EXPECT_FALSE(is_included(root, 0, 0, {}, root));
  }
}

// A node must not pass as a record: that is what the two first bytes are for.
TEST(MerkleTree, TakesNoNodeForARecord) {
  const Leaves leaves = leaves_of(4);
  const MerkleTree tree = tree_of(leaves);
  std::string children(text_of(leaves[0]));
  children += text_of(leaves[1]);
  const Sha256 right = node_hash(leaves[2], leaves[3]);
  EXPECT_FALSE(is_included(leaf_hash(bytes_of(children)), 0, 2, Leaves{right}, tree.root()));
}

}  // namespace
}  // namespace jari::proof
