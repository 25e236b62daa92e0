#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/http/base64url.h"
#include "engine/http/json_reader.h"
#include "engine/http/secret_file.h"
#include "engine/http/token.h"
#include "tests/engine/http/key_maker.h"

namespace jari::http::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr Instant kNow{1'626'087'600'000};

TEST(SecretFile, IsMadeOnceForItsOwnerOnly) {
  const Folder folder;
  const std::string file = folder.file("keys/hs256.key");
  EXPECT_TRUE(*make_hs256_file(file));
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string content = content_of(file);
  ASSERT_EQ(content.size(), 44U);
  EXPECT_EQ(content.back(), '\n');
  EXPECT_EQ(base64url_decode(content.substr(0, 43))->size(), 32U);
  EXPECT_FALSE(*make_hs256_file(file));
  EXPECT_EQ(content_of(file), content);
  EXPECT_EQ(std::distance(fs::directory_iterator{folder.file("keys")}, fs::directory_iterator{}),
            1);
}

TEST(SecretFile, SaysWhereItCannotBeMade) {
  const Folder folder;
  folder.put("plain", "x");
  const auto made = make_secret_file(folder.file("plain/key"), "secret words");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr(folder.file("plain")));
  EXPECT_THAT(made.error().detail, ::testing::Not(HasSubstr("secret words")));
}

TEST(Issue, MakesTokensThatAreBelieved) {
  const Folder folder;
  const std::string file = folder.file("hs256.key");
  ASSERT_TRUE(make_hs256_file(file));
  const Claims operator_of_two{.subject = "op \"x\"",
                               .scopes = {"operator", "reader"},
                               .is_limited_to_sites = true,
                               .sites = {"s-1"},
                               .actor = "carol"};
  const auto token = issue_hs256(file, operator_of_two, kNow, seconds{3600});
  ASSERT_TRUE(token) << token.error().detail;
  const auto keys = Keys::open({.hs256_file = file});
  ASSERT_TRUE(keys);
  TokenVerifier verifier{**keys};
  const auto claims = verifier.verify(*token, kNow);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ((*claims)->subject, operator_of_two.subject);
  EXPECT_EQ((*claims)->scopes, operator_of_two.scopes);
  EXPECT_EQ((*claims)->sites, operator_of_two.sites);
  EXPECT_EQ((*claims)->actor, "carol");
  EXPECT_EQ((*claims)->expires_at, kNow + seconds{3600});
  EXPECT_FALSE(verifier.verify(*token, kNow + seconds{3661}));
  EXPECT_FALSE(issue_hs256(folder.file("missing"), operator_of_two, kNow, seconds{1}));
}

TEST(Signer, MakesTokensThatItsPublicHalfProves) {
  const Folder folder;
  const std::string file = folder.file("keys/admission.pem");
  const auto signer = TokenSigner::open(file);
  ASSERT_TRUE(signer) << signer.error().detail;
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string token = (*signer)->sign(R"({"aud":"jari","sub":"alice","exp":1626091200})");
  const auto keys = Keys::open({.jwks_file = folder.put("jwks", (*signer)->jwks())});
  ASSERT_TRUE(keys) << keys.error().detail;
  TokenVerifier verifier{**keys};
  EXPECT_TRUE(verifier.verify(token, kNow));
  EXPECT_THAT((*signer)->jwks(), ::testing::Not(HasSubstr("\"d\"")));

  const auto again = TokenSigner::open(file);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->jwks(), (*signer)->jwks());
}

TEST(Signer, RefusesAFileThatIsNotItsKey) {
  const Folder folder;
  const auto signer = TokenSigner::open(folder.put("key.pem", "-----BEGIN"));
  ASSERT_FALSE(signer);
  EXPECT_THAT(signer.error().detail, HasSubstr("not an Ed25519 private key"));
}

}  // namespace
}  // namespace jari::http::testing
