#include "engine/http/token.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/http/base64url.h"
#include "tests/engine/http/key_maker.h"

namespace jari::http::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kHs256 = R"({"alg":"HS256","typ":"JWT"})";
constexpr Instant kNow{1'626'087'600'000};  // 2021-07-12T11:00:00Z
constexpr std::string_view kGood =
    R"({"aud":"jari","sub":"alice","exp":1626091200,"scope":"person"})";

class Tokens : public ::testing::Test {
 protected:
  /// The claims, or the reason why not; the reason never holds the token.
  std::string verdict(const std::string& token, Instant now = kNow) {
    const auto claims = verifier->verify(token, now);
    if (claims) return "believed: " + (*claims)->subject;
    EXPECT_EQ(claims.error().code, ErrorCode::BadArgument);
    if (token.size() > 20) {
      EXPECT_THAT(claims.error().detail, Not(HasSubstr(token.substr(0, 20))));
    }
    return claims.error().detail;
  }
  std::string hs(std::string_view payload) { return hs_token(kSecret, kHs256, payload); }
  std::string with(std::string_view more) {
    return hs(R"({"aud":"jari","sub":"alice","exp":1626091200)" + std::string{more} + "}");
  }
  void use(KeyFiles files) {
    auto opened = Keys::open(std::move(files));
    ASSERT_TRUE(opened) << opened.error().detail;
    verifier.reset();
    keys = std::move(*opened);
    verifier = std::make_unique<TokenVerifier>(*keys);
  }
  void use_secret() { use({.hs256_file = folder.put("secret", encoded(kSecret) + "\n")}); }
  void use_jwks(const std::string& jwks) {
    use({.jwks_file = folder.put("jwks.json", jwks_of(jwks))});
  }

  Folder folder;
  std::unique_ptr<Keys> keys;
  std::unique_ptr<TokenVerifier> verifier;
};

TEST_F(Tokens, AreBelievedWithTheirClaims) {
  use_secret();
  const auto claims = verifier->verify(
      hs(R"({"aud":["other","jari"],"sub":"bob","exp":1626091200.5,"nbf":1626087000,)"
         R"("scope":" operator  reader","sites":["s-1","s-2"],"act":{"sub":"carol"},"iat":1})"),
      kNow);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ((*claims)->subject, "bob");
  EXPECT_THAT((*claims)->scopes, ElementsAre("operator", "reader"));
  EXPECT_TRUE((*claims)->has_scope("reader"));
  EXPECT_FALSE((*claims)->has_scope("read"));
  EXPECT_TRUE((*claims)->may_touch("s-2"));
  EXPECT_FALSE((*claims)->may_touch("s-3"));
  EXPECT_EQ((*claims)->actor, "carol");
  EXPECT_EQ((*claims)->expires_at, Instant{1'626'091'200'500});
}

TEST_F(Tokens, OfEachAlgorithmAreBelievedAndTamperedOnesAreNot) {
  for (const KeyPair& pair : {make_rsa(), make_p256(), make_ed25519()}) {
    use_jwks(pair.jwk());
    const std::string header = R"({"alg":")" + pair.algorithm + R"("})";
    const std::string token = token_of(pair, header, kGood);
    EXPECT_EQ(verdict(token), "believed: alice") << pair.algorithm;
    const std::string signature = token.substr(token.rfind('.'));
    const std::string other =
        encoded(header) + "." + encoded(R"({"aud":"jari","sub":"mallory","exp":1626091200})");
    EXPECT_THAT(verdict(other + signature), HasSubstr("signature does not fit")) << pair.algorithm;
    for (std::size_t at = 0; at < token.size(); at += 7) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      EXPECT_THAT(verdict(changed), Not(HasSubstr("believed"))) << pair.algorithm << " at " << at;
    }
    EXPECT_THAT(verdict(token.substr(0, token.size() - 4)), HasSubstr("signature"));
    EXPECT_THAT(verdict(token.substr(0, token.rfind('.') + 1)), HasSubstr("signature"));
  }
}

TEST_F(Tokens, AreNotBelievedWithAKeyOfAnotherKind) {
  const KeyPair rsa = make_rsa();
  const KeyPair p256 = make_p256();
  use_jwks(rsa.jwk());
  EXPECT_THAT(verdict(hs_token(public_pem(rsa), kHs256, kGood)), HasSubstr("no key for HS256"));
  EXPECT_THAT(verdict(token_of(p256, R"({"alg":"ES256"})", kGood)), HasSubstr("no key for ES256"));
  EXPECT_THAT(verdict(token_of(p256, R"({"alg":"RS256"})", kGood)), HasSubstr("does not fit"));
  use_secret();
  EXPECT_THAT(verdict(token_of(rsa, R"({"alg":"RS256"})", kGood)), HasSubstr("no key for RS256"));
}

TEST_F(Tokens, WithoutASignatureAreNotBelieved) {
  use_secret();
  const std::string payload = encoded(kGood);
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", "HS384", "hs256"}) {
    const std::string header = encoded(R"({"alg":")" + std::string{alg} + R"("})");
    EXPECT_THAT(verdict(header + "." + payload + "."), HasSubstr("alg is not one of")) << alg;
    EXPECT_THAT(verdict(hs_token(kSecret, R"({"alg":")" + std::string{alg} + R"("})", kGood)),
                HasSubstr("alg is not one of"));
  }
  EXPECT_THAT(verdict(encoded(R"({"typ":"JWT"})") + "." + payload + "."), HasSubstr("alg"));
  EXPECT_THAT(verdict(encoded(kHs256) + "." + payload + "."), HasSubstr("does not fit"));
  EXPECT_THAT(verdict(hs_token(kSecret, R"({"alg":"HS256","crit":["exp"]})", kGood)),
              HasSubstr("crit"));
}

TEST_F(Tokens, MustBeForUsAndNameSomebody) {
  use_secret();
  for (const char* aud : {R"("aud":"other",)", R"("aud":["other"],)", R"("aud":[],)",
                          R"("aud":null,)", R"("aud":{"jari":1},)", R"("aud":"Jari",)", ""}) {
    EXPECT_THAT(verdict(hs("{" + std::string{aud} + R"("sub":"alice","exp":1626091200})")),
                HasSubstr("aud is not \"jari\""))
        << aud;
  }
  for (const char* sub : {"", R"(,"sub":"")", R"(,"sub":7)"}) {
    EXPECT_THAT(verdict(hs(R"({"aud":"jari","exp":1626091200)" + std::string{sub} + "}")),
                HasSubstr("no sub"));
  }
}

TEST_F(Tokens, MustExpireAndNotHaveExpired) {
  use_secret();
  const auto until = [&](std::string_view exp) {
    return verdict(hs(R"({"aud":"jari","sub":"alice")" + std::string{exp} + "}"));
  };
  EXPECT_THAT(until(""), HasSubstr("no exp"));
  EXPECT_THAT(until(R"(,"exp":"1626091200")"), HasSubstr("exp is not a number"));
  EXPECT_THAT(until(R"(,"exp":null)"), HasSubstr("exp is not a number"));
  EXPECT_THAT(until(R"(,"exp":-1)"), HasSubstr("negative"));
  EXPECT_THAT(until(R"(,"exp":1626087539)"), HasSubstr("expired at 2021-07-12T10:58:59.000Z"));
  EXPECT_EQ(until(R"(,"exp":1626087540)"), "believed: alice");  // 60 s of leeway
  EXPECT_EQ(until(R"(,"exp":9223372036854775807)"), "believed: alice");
  EXPECT_EQ(until(R"(,"exp":99999999999999999999999)"), "believed: alice");
  EXPECT_EQ(until(R"(,"exp":1e300)"), "believed: alice");
  EXPECT_THAT(until(R"(,"exp":1e999)"), HasSubstr("payload is not a JSON object"));
  EXPECT_THAT(until(R"(,"exp":1,"exp":1626091200)"), HasSubstr("payload is not a JSON object"));
}

TEST_F(Tokens, HaveABeginning) {
  use_secret();
  EXPECT_THAT(verdict(with(R"(,"nbf":1626087661)")),
              HasSubstr("not valid before 2021-07-12T11:01:01"));
  EXPECT_EQ(verdict(with(R"(,"nbf":1626087660)")), "believed: alice");
  EXPECT_THAT(verdict(with(R"(,"nbf":"soon")")), HasSubstr("nbf is not a number"));
}

TEST_F(Tokens, AreRefusedForOddClaims) {
  use_secret();
  EXPECT_THAT(verdict(with(R"(,"scope":["person"])")), HasSubstr("scope"));
  EXPECT_THAT(verdict(with(R"(,"sites":"s-1")")), HasSubstr("sites"));
  EXPECT_THAT(verdict(with(R"(,"sites":[1])")), HasSubstr("sites"));
  EXPECT_THAT(verdict(with(R"(,"act":"carol")")), HasSubstr("act"));
  EXPECT_THAT(verdict(with(R"(,"act":{})")), HasSubstr("act"));
}

TEST_F(Tokens, AreRefusedWhereTheyAreNoTokens) {
  use_secret();
  const std::string padding(kTokenBytesMax, 'a');
  for (const std::string& wrong : std::vector<std::string>{
           "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "e30.e30.",
           padding + ".a.b", encoded(kHs256) + "=." + encoded(kGood) + ".x",
           hs_token(kSecret, "[]", kGood), hs_token(kSecret, kHs256, "[]"),
           hs_token(kSecret, kHs256, "{"), hs_token(kSecret, kHs256, "{\"sub\":\"\xff\"}")}) {
    EXPECT_THAT(verdict(wrong), HasSubstr("the token")) << wrong;
  }
}

TEST_F(Tokens, AreRememberedUntilTheyExpire) {
  use_secret();
  const std::string token = hs(kGood);
  const auto first = verifier->verify(token, kNow);
  const auto again = verifier->verify(token, kNow);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(*first, *again);
  EXPECT_THAT(verdict(token, kNow + seconds{3661}), HasSubstr("expired"));
  EXPECT_EQ(verdict(token), "believed: alice");  // an earlier clock: proven again
}

TEST_F(Tokens, AreForgottenWhenThereAreTooMany) {
  use_secret();
  TokenVerifier small{*keys, 4};
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(with(R"(,"jti":)" + std::to_string(i)));
  }
  for (int round = 0; round < 3; ++round) {
    for (const std::string& token : tokens) EXPECT_TRUE(small.verify(token, kNow));
  }
}

TEST(BearerToken, IsTakenFromTheHeader) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bEARER   abc"), "abc");
  for (const char* none : {"", "abc", "Bearer", "Bearer ", "Basic abc", "Bearerabc"}) {
    EXPECT_EQ(bearer_token(none), "") << none;
  }
}

TEST(Base64Url, HasOneTextForEachBytes) {
  EXPECT_EQ(base64url_encode(bytes_of("\xfb\xff")), "-_8");
  EXPECT_EQ(base64url_decode("-_8"), "\xfb\xff");
  for (const char* wrong : {"a", "-_9", "+/8", "-_8=", "a b", "-_8\n", "abcde"}) {
    EXPECT_FALSE(base64url_decode(wrong)) << wrong;
  }
  for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(base64url_decode(base64url_encode(bytes_of(text))), text);
  }
}

}  // namespace
}  // namespace jari::http::testing
