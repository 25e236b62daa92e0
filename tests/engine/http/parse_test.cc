#include "engine/http/parse.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "engine/http/chunks.h"

namespace jari::http {
namespace {

constexpr HeadLimits kLimits{.line_bytes_max = 64, .headers_bytes_max = 128, .headers_max = 4};

/// The whole head, or the fault of scanning or parsing it.
Fault fault_of(std::string_view bytes, ParsedHead* out = nullptr) {
  HeadScan scan;
  if (!scan.is_whole(bytes, kLimits)) return scan.fault();
  ParsedHead parsed;
  return parse_head(bytes.substr(0, scan.end()), kLimits, out == nullptr ? parsed : *out);
}

TEST(Head, IsReadInPiecesOfAnySize) {
  const std::string head = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept:  y \r\n\r\n";
  for (std::size_t step = 1; step <= head.size(); ++step) {
    HeadScan scan;
    bool is_whole = false;
    for (std::size_t end = step; !is_whole; end = std::min(head.size(), end + step)) {
      is_whole = scan.is_whole(std::string_view{head}.substr(0, end), kLimits);
      ASSERT_FALSE(scan.fault());
      ASSERT_TRUE(is_whole || end < head.size());
    }
    EXPECT_EQ(scan.end(), head.size());
  }
  ParsedHead parsed;
  ASSERT_FALSE(fault_of(head, &parsed));
  EXPECT_EQ(parsed.head.method, Method::Get);
  EXPECT_EQ(parsed.head.path, "/a");
  EXPECT_EQ(parsed.head.query, "b=c");
  EXPECT_EQ(parsed.head.header("accept"), "y");
  EXPECT_EQ(parsed.head.header_count("host"), 1U);
  EXPECT_TRUE(parsed.keeps_alive);
  EXPECT_FALSE(parsed.head.has_body);
}

TEST(Head, StopsAtItsEndWhateverFollows) {
  HeadScan scan;
  EXPECT_TRUE(scan.is_whole("GET / HTTP/1.1\r\nHost: x\r\n\r\n\n\n garbage", kLimits));
  EXPECT_EQ(scan.end(), 27U);
}

TEST(Head, HasLimitsAndHeadersComeFirst) {
  const std::string longest(64 - std::string_view{"GET / HTTP/1.1"}.size(), 'a');
  const std::string line = "GET /" + longest + " HTTP/1.1\r\n";
  EXPECT_EQ(fault_of(line + "Host: x\r\n\r\n").kind, FaultKind::None);
  const std::string longer = "GET /a" + longest + " HTTP/1.1\r\n";
  EXPECT_EQ(fault_of(longer + "Host: x\r\n\r\n").kind, FaultKind::LineTooLong);
  EXPECT_EQ(fault_of(longer + "Host: x\r\n").kind, FaultKind::None);  // more may come
  const std::string large = "Host: x\r\nLarge: " + std::string(128, 'b');
  EXPECT_EQ(fault_of(line + large).kind, FaultKind::HeadersTooLarge);
  EXPECT_EQ(fault_of(longer + large + "\r\n\r\n").kind, FaultKind::HeadersTooLarge);
  EXPECT_EQ(fault_of("GET /" + std::string(300, 'a')).kind, FaultKind::LineTooLong);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: x\r\na:1\r\nb:1\r\nc:1\r\nd:1\r\n\r\n").kind,
            FaultKind::HeadersTooLarge);
}

TEST(Head, TakesTheFormsOfATarget) {
  ParsedHead parsed;
  ASSERT_FALSE(fault_of("GET http://h:1/a?b HTTP/1.1\r\nHost: x\r\n\r\n", &parsed));
  EXPECT_EQ(parsed.head.path, "/a");
  EXPECT_EQ(parsed.head.query, "b");
  ASSERT_FALSE(fault_of("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", &parsed));
  EXPECT_EQ(parsed.head.path, "*");
  ASSERT_FALSE(fault_of("BREW /a%zz HTTP/1.1\r\nHost: x\r\n\r\n", &parsed));
  EXPECT_EQ(parsed.head.method, Method::Other);
  EXPECT_EQ(parsed.head.method_text, "BREW");
  for (const char* wrong : {"a", "a:80", "/a#b", "/\xc3\xa9", "http//x", "?a"}) {
    const auto bytes = "GET " + std::string{wrong} + " HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_EQ(fault_of(bytes).kind, FaultKind::Malformed) << wrong;
  }
}

TEST(Head, RefusesBytesThatTwoReadersCouldReadDifferently) {
  for (const char* wrong : {
           "Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
           "Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
           "Host: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
           "Host: x\r\nContent-Length: 1, 1\r\n",
           "Host: x\r\nContent-Length: +1\r\n",
           "Host: x\r\nContent-Length: -1\r\n",
           "Host: x\r\nContent-Length: 0x1\r\n",
           "Host: x\r\nContent-Length:\r\n",
           "Host: x\r\nContent-Length: 99999999999999999999\r\n",
           "Host: x\r\nTransfer-Encoding: gzip\r\n",
           "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n",
           "Host: x\r\nTransfer-Encoding: chunked, identity\r\n",
           "Host: x\r\nTransfer-Encoding: xchunked\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Host: x\r\nTransfer-Encoding: \"chunked\"\r\n",
           "Host: x\r\nTransfer-Encoding : chunked\r\n",
           "Host: x\r\n Content-Length: 1\r\n",
           "Host: x\r\nA: b\r\n\tc\r\n",
           "Host: x\nA: b\r\n",
           "Host: x\r\nA: b\rc\r\n",
           "Host: x\r\nA\r\n",
           "Host: x\r\n: b\r\n",
           "Host: x\r\nA b: c\r\n",
           "Host: x\r\nHost: y\r\n",
           "A: b\r\n",
       }) {
    EXPECT_EQ(fault_of("POST / HTTP/1.1\r\n" + std::string{wrong} + "\r\n").kind,
              FaultKind::Malformed)
        << wrong;
  }
  EXPECT_EQ(fault_of(std::string_view{"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 36}).kind,
            FaultKind::Malformed);
  EXPECT_EQ(fault_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").kind,
            FaultKind::Malformed);
  for (const char* line :
       {"GET / HTTP/2.0", "GET / HTTP/1.2", "GET /", "GET  / HTTP/1.1", "get/ HTTP/1.1",
        "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1", "G@T / HTTP/1.1", "", "\x16\x03\x01"}) {
    EXPECT_EQ(fault_of(std::string{line} + "\r\nHost: x\r\n\r\n").kind, FaultKind::Malformed)
        << line;
  }
}

TEST(Head, KnowsWhenAConnectionGoesOn) {
  const auto goes_on = [](const std::string& bytes) {
    ParsedHead parsed;
    EXPECT_FALSE(fault_of(bytes, &parsed)) << bytes;
    return parsed.keeps_alive;
  };
  EXPECT_TRUE(goes_on("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_FALSE(goes_on("GET / HTTP/1.1\r\nHost: x\r\nConnection: a, Close\r\n\r\n"));
  EXPECT_FALSE(goes_on("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(goes_on("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

std::string unchunked(std::string_view bytes, std::size_t step, Fault* fault = nullptr,
                      std::size_t* rest = nullptr) {
  ChunkedBody chunks{1000};
  std::string body;
  std::string pending;
  for (std::size_t at = 0; at < bytes.size() && !chunks.is_whole() && !chunks.fault(); at += step) {
    pending.append(bytes.substr(at, step));
    pending.erase(0, chunks.feed(pending, body));
  }
  if (fault != nullptr) *fault = chunks.fault();
  if (rest != nullptr) *rest = pending.size();
  return chunks.is_whole() ? body : "not whole";
}

TEST(Chunks, AreJoinedInPiecesOfAnySize) {
  const std::string bytes = "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    EXPECT_EQ(unchunked(bytes, step), "hello world") << step;
  }
  for (std::size_t step = 1; step <= 5; ++step) EXPECT_EQ(unchunked("0\r\n\r\n", step), "") << step;
  std::size_t rest = 0;
  EXPECT_EQ(unchunked("1\r\na\r\n0\r\n\r\nGET", 100, nullptr, &rest), "a");
  EXPECT_EQ(rest, 3U);
}

TEST(Chunks, AreRefusedWhereBroken) {
  for (const char* wrong :
       {"x\r\n", "5\nhello\n0\n\n", "5\r\nhelloworld\r\n0\r\n\r\n", "-1\r\n\r\n", "1\r\na0\r\n\r\n",
        "0x1\r\na\r\n0\r\n\r\n", " 1\r\na\r\n0\r\n\r\n", "ffffffffffffffffff\r\n"}) {
    Fault fault;
    EXPECT_EQ(unchunked(wrong, 1000, &fault), "not whole") << wrong;
  }
  Fault fault;
  unchunked("3e9\r\n", 100, &fault);
  EXPECT_EQ(fault.kind, FaultKind::BodyTooLarge);
  unchunked("0\r\n" + std::string(9'000, 'e'), 1000, &fault);
  EXPECT_EQ(fault.kind, FaultKind::Malformed);
  unchunked("1;" + std::string(10'000, 'e'), 1000, &fault);
  EXPECT_EQ(fault.kind, FaultKind::Malformed);
}

TEST(Parse, SurvivesBytesChangedAtRandom) {
  constexpr std::uint64_t kSeed = 20210712;
  RecordProperty("seed", std::to_string(kSeed));
  std::mt19937_64 random{kSeed};
  const std::string good =
      "POST /a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;e=\"q\"\r\nhello\r\n0\r\nT: u\r\n\r\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    HeadScan scan;
    ParsedHead parsed;
    if (!scan.is_whole(bytes, kLimits) ||
        parse_head(std::string_view{bytes}.substr(0, scan.end()), kLimits, parsed)) {
      continue;
    }
    unchunked(std::string_view{bytes}.substr(scan.end()), 1 + random() % 40);
  }
}

}  // namespace
}  // namespace jari::http
