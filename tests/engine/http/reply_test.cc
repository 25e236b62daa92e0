#include "engine/http/reply.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace jari::http {
namespace {

struct Read {
  bool is_good = true;
  bool is_whole = false;
  bool keeps_alive = false;
  int status = 0;
  std::string body = {};
};

/// `bytes` in pieces of `step`, then the end of the connection.
Read read(std::string_view bytes, std::size_t step, bool is_head = false) {
  Reply reply{is_head, 20};
  Read seen;
  for (std::size_t at = 0; at < bytes.size() && seen.is_good && !reply.is_whole(); at += step) {
    seen.is_good = reply.feed(bytes.substr(at, step));
  }
  seen.is_good = seen.is_good && reply.end();
  seen.is_whole = reply.is_whole();
  seen.keeps_alive = seen.is_whole && reply.keeps_alive();
  const ClientAnswer answer = reply.take();
  seen.status = answer.status;
  seen.body = answer.body;
  return seen;
}

TEST(Reply, IsReadInPiecesOfAnySize) {
  for (const char* bytes : {
           "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
           "HTTP/1.1 201 Created\r\nTransfer-Encoding: "
           "chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
       }) {
    for (std::size_t step = 1; step < 80; ++step) {
      const Read seen = read(bytes, step);
      EXPECT_TRUE(seen.is_good && seen.is_whole && seen.keeps_alive) << bytes << " by " << step;
      EXPECT_EQ(seen.status, 201);
      EXPECT_EQ(seen.body, "hello");
    }
  }
}

TEST(Reply, WithoutALengthLastsUntilTheConnectionEnds) {
  const Read seen = read("HTTP/1.1 200 OK\r\n\r\nhello", 3);
  EXPECT_TRUE(seen.is_good);
  EXPECT_FALSE(seen.is_whole);
  EXPECT_EQ(seen.body, "hello");
}

TEST(Reply, HasNoBodyWhereThereCanBeNone) {
  EXPECT_TRUE(read("HTTP/1.1 204 No Content\r\n\r\n", 5).keeps_alive);
  EXPECT_TRUE(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 5).keeps_alive);
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", 5, true).keeps_alive);
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 5).keeps_alive);
  EXPECT_FALSE(read("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 5).keeps_alive);
}

TEST(Reply, IsRefusedWhereBrokenTooLargeOrCutOff) {
  for (const char* wrong :
       {"", "HTTP", "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n012345678901234567890",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"}) {
    EXPECT_FALSE(read(wrong, 7).is_good) << wrong;
  }
}

}  // namespace
}  // namespace jari::http
