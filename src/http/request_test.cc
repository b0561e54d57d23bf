#include "http/request.h"

#include <gtest/gtest.h>

namespace bitcpp {
namespace {

using State = RequestReader::State;

/// Reads `text` in pieces of `step` bytes; stops at the end of the first request.
State read(RequestReader& reader, std::string_view text, std::size_t step) {
  while (!text.empty() && reader.state() == State::kReading) {
    const std::string_view piece = text.substr(0, step);
    for (std::size_t taken = 0; taken < piece.size() && reader.state() == State::kReading;)
      taken += reader.read(piece.substr(taken));
    text.remove_prefix(piece.size());
  }
  return reader.state();
}

int refusal(std::string_view text, const HttpLimits& limits = {}) {
  int status = 0;
  for (std::size_t step : {text.size(), std::size_t{1}, std::size_t{3}}) {
    RequestReader reader(limits);
    const int found = read(reader, text, step) == State::kFailed ? reader.error().status : 0;
    if (step != text.size()) EXPECT_EQ(found, status) << text << " in pieces of " << step;
    status = found;
  }
  return status;
}

TEST(RequestReader, ReadsARequestInPiecesOfAnySize) {
  const std::string text =
      "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nX-Two:  spaced \t\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    RequestReader reader({});
    ASSERT_EQ(read(reader, text, step), State::kComplete) << step;
    const HttpRequest request = reader.take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a b");
    EXPECT_EQ(request.query, "x=1");
    EXPECT_EQ(*request.header("x-two"), "spaced");
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(request.keep_alive);
    EXPECT_FALSE(reader.started());
  }
}

TEST(RequestReader, ReadsChunks) {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=value\r\nhello\r\n00b\r\n, chunked one"
      "\r\n";
  const std::string right =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=value\r\nhello\r\n00d\r\n, chunked one\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t step = 1; step <= right.size(); ++step) {
    RequestReader reader({});
    ASSERT_EQ(read(reader, right, step), State::kComplete) << step;
    EXPECT_EQ(reader.take().body, "hello, chunked one");
  }
  EXPECT_EQ(refusal(text), 400) << "a chunk longer than it says";
}

TEST(RequestReader, LeavesTheNextRequestAlone) {
  const std::string one = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  RequestReader reader({});
  EXPECT_EQ(reader.read(one + one), one.size());
  EXPECT_EQ(reader.state(), State::kComplete);
}

TEST(RequestReader, TargetsAndVersions) {
  RequestReader reader({});
  reader.read("GET http://host:80/path?q HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(reader.take().path, "/path");
  reader.read("GET http://host HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n");
  const HttpRequest root = reader.take();
  EXPECT_EQ(root.path, "/");
  EXPECT_FALSE(root.keep_alive);
  reader.read("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reader.state(), State::kComplete);
  EXPECT_FALSE(reader.take().keep_alive);
}

TEST(RequestReader, TellsWhoWaitsForLeave) {
  RequestReader reader({});
  reader.read("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(reader.take_expectation());
  EXPECT_FALSE(reader.take_expectation());
  EXPECT_TRUE(reader.started());
}

TEST(RequestReader, RefusesWhatIsNotHttp) {
  const std::string host = "Host: h\r\n", get = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(refusal("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET  / HTTP/1.1 x\r\n\r\n"), 400);
  EXPECT_EQ(refusal("G\tT / HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(refusal("GET path HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(refusal("GET /%zz HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(refusal("GET /%00 HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(refusal("GET /\x01 HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(refusal(get + "\r\n"), 400) << "no Host";
  EXPECT_EQ(refusal(get + host + host + "\r\n"), 400);
  EXPECT_EQ(refusal(get + "Host h\r\n\r\n"), 400);
  EXPECT_EQ(refusal(get + "Host : h\r\n\r\n"), 400) << "a space before the colon";
  EXPECT_EQ(refusal(get + host + " folded\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\nHost: h\n\n"), 400) << "lines that end in LF alone";
  EXPECT_EQ(refusal(get + host + std::string("X: a\0b\r\n\r\n", 10)), 400);
  EXPECT_EQ(refusal(get + host + "Expect: more\r\n\r\n"), 417);
  // Two things wrong: the same one is named however the bytes arrive.
  EXPECT_EQ(refusal("GET / HTTP/0.9\r\nHost: h\nX: y\r\n\r\n"), 400);
}

TEST(RequestReader, RefusesBodiesOfUncertainLength) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(refusal(post + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 1x\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\n\r\n1\nx"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\n\r\n" + std::string(1000, '1')), 400);
}

TEST(RequestReader, KeepsToItsLimits) {
  HttpLimits limits;
  limits.head_bytes = 200;
  limits.headers = 4;
  limits.body_bytes = 10;
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(refusal(post + "X: " + std::string(300, 'x') + "\r\n\r\n", limits), 431);
  EXPECT_EQ(refusal(post + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", limits), 431);
  EXPECT_EQ(refusal(post + "Content-Length: 11\r\n\r\n", limits), 413);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\n\r\n6\r\nsixsix\r\n6\r\n", limits), 413);
  EXPECT_EQ(
      refusal(post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + std::string(300, 't'), limits),
      400);
}

}  // namespace
}  // namespace bitcpp
