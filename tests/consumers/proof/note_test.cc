#include "consumers/proof/note.h"

#include <gmock/gmock.h>

#include "consumers/proof/checkpoint.h"

namespace jari::proof {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The note, and the key, that golang.org/x/mod/sumdb/note shows as its example.
const std::string kExample =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n";
const std::string kExampleKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

NoteKey key_named(const std::string& name) {
  return NoteKey::from_pem(NoteKey::draw_pem(), name).value();
}

TEST(Note, ReadsWhatOthersSigned) {
  const auto key = parse_public_key(kExampleKey + "\n").value();
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(verifier_line(key), kExampleKey);
  const auto note = parse_note(kExample).value();
  EXPECT_EQ(signing_of(note, key), Signing::Good);
  EXPECT_THAT(note.text, StartsWith("If you think"));
  EXPECT_EQ(note.text.back(), '\n');
}

TEST(Note, ReadsBackWhatItSigned) {
  const NoteKey key = key_named("example.org/log");
  const std::string signed_text = key.sign("one\ntwo\n");
  EXPECT_THAT(signed_text, StartsWith("one\ntwo\n\n\u2014 example.org/log "));
  const auto note = parse_note(signed_text).value();
  EXPECT_EQ(note.text, "one\ntwo\n");
  EXPECT_EQ(signing_of(note, key.public_key()), Signing::Good);
  // As PEM it has no name, and as a line it has one.
  const auto pem = parse_public_key(key.public_pem()).value();
  EXPECT_EQ(signing_of(note, pem), Signing::Good);
  const std::string printed = verifier_line(key.public_key()) + "\r\n" + key.public_pem();
  EXPECT_EQ(parse_public_key(printed).value().bytes, key.public_key().bytes);
  EXPECT_EQ(signing_of(note, parse_public_key(verifier_line(key.public_key())).value()),
            Signing::Good);
}

TEST(Note, EveryByteIsSigned) {
  const NoteKey key = key_named("log");
  const std::string good = key.sign("one\ntwo\n");
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string broken = good;
      broken[at] = static_cast<char>(static_cast<unsigned char>(broken[at]) ^ (1U << bit));
      const auto note = parse_note(broken);
      if (!note) continue;
      EXPECT_NE(signing_of(*note, key.public_key()), Signing::Good) << broken;
    }
  }
}

TEST(Note, TellsAForeignKeyFromAWrongSignature) {
  const NoteKey mine = key_named("log");
  const NoteKey theirs = key_named("log");
  const auto note = parse_note(mine.sign("one\n")).value();
  EXPECT_EQ(signing_of(note, theirs.public_key()), Signing::Absent);
  auto altered = note;
  altered.text = "two\n";
  EXPECT_EQ(signing_of(altered, mine.public_key()), Signing::Wrong);
  // The same key under another name is another key.
  PublicKey renamed = mine.public_key();
  renamed.name = "another";
  EXPECT_EQ(signing_of(note, renamed), Signing::Absent);
}

// Witnesses may sign, too.
TEST(Note, PassesOverTheSignaturesOfOthers) {
  const NoteKey mine = key_named("log");
  const NoteKey witness = key_named("witness");
  const std::string text = "one\n";
  const std::string by_witness = witness.sign(text).substr(text.size() + 1);
  const auto note = parse_note(text + "\n" + by_witness + mine.sign(text).substr(text.size() + 1));
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(signing_of(*note, mine.public_key()), Signing::Good);
  EXPECT_EQ(signing_of(*note, witness.public_key()), Signing::Good);
}

TEST(Note, RefusesWhatIsNone) {
  const std::string line = kExample.substr(kExample.find("\u2014"));
  for (const std::string& text :
       {std::string(), std::string("one"), std::string("one\n"), std::string("one\n\n"),
        "one\n" + line, "one\n\n" + line + "more\n", "one\n\n" + line.substr(0, line.size() - 1),
        "o\tne\n\n" + line, "\xff\n\n" + line, std::string("one\n\n\u2014 name AAAAAA==\n"),
        std::string("one\n\n\u2014 na+me AAAAAAAAAAAA\n"), std::string("one\n\n\u2014 name ????\n"),
        std::string("one\n\n- name AAAAAAAAAAAA\n"), std::string(5 << 20, '\n')}) {
    EXPECT_FALSE(parse_note(text).has_value()) << text.substr(0, 100);
  }
}

TEST(Note, RefusesWhatIsNoKey) {
  const std::string private_pem = NoteKey::draw_pem();
  for (const std::string& text :
       {std::string(), std::string("key"), private_pem,
        kExampleKey.substr(0, kExampleKey.size() - 4), "Peter" + kExampleKey,
        std::string("-----BEGIN PUBLIC KEY-----\nnone\n-----END PUBLIC KEY-----\n")}) {
    EXPECT_FALSE(parse_public_key(text).has_value()) << text;
  }
  EXPECT_FALSE(NoteKey::from_pem("none", "log").has_value());
  EXPECT_FALSE(NoteKey::from_pem(key_named("log").public_pem(), "log").has_value());
}

TEST(Note, NamesAKeyWithoutWhiteSpace) {
  EXPECT_TRUE(is_key_name("example.org/log"));
  for (const char* name : {"", "a b", "a\tb", "a+b", "a\nb"}) EXPECT_FALSE(is_key_name(name));
}

TEST(Base64, HasOneTextForEachBytes) {
  const std::vector<std::pair<std::string, std::string>> kTexts{{"", ""},
                                                                {"f", "Zg=="},
                                                                {"fo", "Zm8="},
                                                                {"foo", "Zm9v"},
                                                                {"foob", "Zm9vYg=="},
                                                                {"fooba", "Zm9vYmE="},
                                                                {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : kTexts) {
    EXPECT_EQ(to_base64(bytes_of(bytes)), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Z g=", "Zm-v", "=g=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

Checkpoint some_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.log = {3, 4};
  checkpoint.time = {1'626'087'600'000};
  checkpoint.partitions = {
      {"queue", 0, 12, sha256(bytes_of("a")), sha256(bytes_of("b")), DigestMark{7, 5, {1, 2}}},
      {"sync", 1, 1, sha256(bytes_of("c")), sha256(bytes_of("d")), std::nullopt}};
  return checkpoint;
}

TEST(Checkpoint, IsAShortText) {
  EXPECT_EQ(to_text(some_checkpoint()),
            "jari checkpoint 1\n"
            "log 00000000000000040000000000000003\n"
            "time 2021-07-12T11:00:00.000Z\n"
            "queue 0 12 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb "
            "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d 7 5 "
            "00000000000000020000000000000001\n"
            "sync 1 1 2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6 "
            "18ac3e7343f016890c510e93f935261169d9e3f565436429830faf0934f4f8e4\n");
  EXPECT_EQ(parse_checkpoint(to_text(some_checkpoint())).value(), some_checkpoint());
  EXPECT_EQ(some_checkpoint().records(), 13U);
}

TEST(Checkpoint, RefusesWhatIsNone) {
  const std::string good = to_text(some_checkpoint());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& text :
       {std::string(), std::string("jari checkpoint 1\n"), with("checkpoint 1", "checkpoint 2"),
        with("log 0", "log x"), with("2021", "20x1"), with("queue 0 12", "queue 0 012"),
        with("queue 0 12", "queue 0 7"), with("queue 0 12", "queue 0 -1"),
        with("queue 0 12", "queue 70000 12"), with("queue 0 12 ca", "queue 0 12 CA"),
        with("queue 0", "queue  0"), with("sync 1 1", "queue 0 1"), with(" 7 5 ", " 7 "),
        good.substr(0, good.size() - 1), good + "\n", good + "more\n"}) {
    EXPECT_FALSE(parse_checkpoint(text).has_value()) << text;
  }
  EXPECT_THAT(parse_checkpoint(with("sync 1 1", "sync 1 x")).error().detail, HasSubstr("line 5"));
}

}  // namespace
}  // namespace jari::proof
