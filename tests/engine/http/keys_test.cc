#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/http/token.h"
#include "tests/engine/http/key_maker.h"

namespace jari::http::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOther = "fedcba9876543210fedcba9876543210";
constexpr std::string_view kHead = R"({"alg":"HS256"})";
constexpr Instant kNow{1'626'087'600'000};
constexpr std::string_view kGood = R"({"aud":"jari","sub":"alice","exp":1626091200})";

std::string why_not(const KeyFiles& files) {
  const auto keys = Keys::open(files);
  return keys ? std::string{"opened"} : keys.error().detail;
}

TEST(Keys, SayWhatIsWrongWithAFileButNotWhatStandsInIt) {
  const Folder folder;
  EXPECT_THAT(why_not({}), HasSubstr("no key file"));
  EXPECT_THAT(why_not({.hs256_file = folder.file("none")}), HasSubstr("cannot read"));
  const std::string brief = folder.put("brief", "c2VjcmV0\n");
  EXPECT_THAT(why_not({.hs256_file = brief}), HasSubstr("needs at least 32"));
  const std::string padded = folder.put("padded", encoded(kSecret) + "=\n");
  EXPECT_THAT(why_not({.hs256_file = padded}), HasSubstr("not one line of base64url"));
  EXPECT_THAT(why_not({.hs256_file = padded}), Not(HasSubstr(encoded(kSecret))));
  for (const char* wrong : {"", "{}", "[]", R"({"keys":7})", R"({"keys":[]})", R"({"keys":[7,{}]})",
                            R"({"keys":[{"kty":"oct","k":"AAAA"}]})",
                            R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})",
                            R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]})",
                            R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})"}) {
    const std::string file = folder.put("jwks", wrong);
    EXPECT_THAT(why_not({.jwks_file = file}), HasSubstr("cannot use the key file")) << wrong;
  }
}

TEST(Keys, LeaveOutThoseThatMayNotVerify) {
  const Folder folder;
  const auto refused = [&](const std::string& jwk) {
    return why_not({.jwks_file = folder.put("jwks", jwks_of(jwk))});
  };
  EXPECT_THAT(refused(make_rsa(1024).jwk()), HasSubstr("2048 bits"));
  const KeyPair pair = make_p256();
  EXPECT_THAT(refused(pair.jwk(R"(,"use":"enc")")), HasSubstr("none of its keys"));
  EXPECT_THAT(refused(pair.jwk(R"(,"alg":"ES384")")), HasSubstr("none of its keys"));
  EXPECT_EQ(refused(pair.jwk(R"(,"use":"sig","alg":"ES256")")), "opened");
}

TEST(Keys, AreChosenByKidWhereOneIsNamed) {
  const Folder folder;
  const KeyPair one = make_ed25519();
  const KeyPair two = make_ed25519();
  const std::string file =
      folder.put("jwks", jwks_of(one.jwk(R"(,"kid":"one")") + "," + two.jwk(R"(,"kid":"two")")));
  const auto keys = Keys::open({.jwks_file = file});
  ASSERT_TRUE(keys) << keys.error().detail;
  TokenVerifier verifier{**keys};
  const auto is_believed = [&](const KeyPair& by, const char* header) {
    return verifier.verify(token_of(by, header, kGood), kNow).has_value();
  };
  EXPECT_TRUE(is_believed(two, R"({"alg":"EdDSA","kid":"two"})"));
  EXPECT_FALSE(is_believed(two, R"({"alg":"EdDSA","kid":"one"})"));
  EXPECT_TRUE(is_believed(two, R"({"alg":"EdDSA"})"));
  EXPECT_TRUE(is_believed(two, R"({"alg":"EdDSA","kid":"unheard"})"));
}

TEST(Keys, AKidNamesItsKeyWhateverTheAlgorithm) {
  const Folder folder;
  const KeyPair edward = make_ed25519();
  const KeyPair curve = make_p256();
  const std::string file =
      folder.put("jwks", jwks_of(edward.jwk(R"(,"kid":"e")") + "," + curve.jwk(R"(,"kid":"c")")));
  const auto keys = Keys::open({.jwks_file = file});
  ASSERT_TRUE(keys) << keys.error().detail;
  TokenVerifier verifier{**keys};
  const auto claims =
      verifier.verify(token_of(edward, R"({"alg":"EdDSA","kid":"c"})", kGood), kNow);
  ASSERT_FALSE(claims);
  EXPECT_THAT(claims.error().detail, HasSubstr("kid names is not one for EdDSA"));
}

TEST(Keys, AnEmptySetTakesAllOfThemBack) {
  const Folder folder;
  const KeyPair pair = make_ed25519();
  const std::string file = folder.put("jwks", jwks_of(pair.jwk()));
  const auto keys = Keys::open({.jwks_file = file});
  ASSERT_TRUE(keys) << keys.error().detail;
  TokenVerifier verifier{**keys};
  const std::string token = token_of(pair, R"({"alg":"EdDSA"})", kGood);
  EXPECT_TRUE(verifier.verify(token, kNow));
  folder.put("jwks", R"({"keys":[]})");
  EXPECT_TRUE(*(*keys)->reload_if_changed());
  EXPECT_FALSE(verifier.verify(token, kNow));
}

TEST(Keys, FollowTheirFile) {
  const Folder folder;
  const std::string file = folder.put("secret", encoded(kSecret));
  const auto keys = Keys::open({.hs256_file = file});
  ASSERT_TRUE(keys);
  TokenVerifier verifier{**keys};
  const std::string old_token = hs_token(kSecret, kHead, kGood);
  const std::string new_token = hs_token(kOther, kHead, kGood);
  EXPECT_TRUE(verifier.verify(old_token, kNow));
  EXPECT_FALSE(*(*keys)->reload_if_changed());

  folder.put("secret", encoded(kOther));
  EXPECT_TRUE(*(*keys)->reload_if_changed());
  EXPECT_FALSE(verifier.verify(old_token, kNow));  // though it was remembered
  EXPECT_TRUE(verifier.verify(new_token, kNow));

  folder.put("secret", "broken!");
  EXPECT_THAT((*keys)->reload_if_changed().error().detail, HasSubstr(file));
  EXPECT_FALSE(*(*keys)->reload_if_changed());  // said once
  EXPECT_TRUE(verifier.verify(new_token, kNow));

  std::filesystem::remove(file);
  EXPECT_FALSE((*keys)->reload_if_changed());
  EXPECT_TRUE(verifier.verify(new_token, kNow));
  folder.put("secret", encoded(kSecret));
  EXPECT_TRUE(*(*keys)->reload_if_changed());
  EXPECT_TRUE(verifier.verify(old_token, kNow));
}

}  // namespace
}  // namespace jari::http::testing
