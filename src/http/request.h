// HTTP/1.1 requests out of a stream of bytes (RFC 9112), strictly and within limits.
//
// Strict where leniency has let requests be smuggled past proxies: line ends are CRLF, a body has
// one Content-Length or is chunked and never both, a header's name ends at its colon.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitcpp {

struct HttpLimits {
  std::size_t head_bytes = 16 * 1024;  // request line and headers; also a body's trailers
  std::size_t headers = 100;
  std::size_t body_bytes = 2'000'000;
};

struct HttpRequest {
  std::string method;
  std::string path;   // percent-decoded; begins with "/", or is "*"
  std::string query;  // behind the "?", as sent
  bool keep_alive = true;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  /// Value of the first header of that (lower-case) name, or null.
  const std::string* header(std::string_view name) const;
};

/// A request that gets `status` for an answer, after which the connection closes.
struct HttpError {
  int status = 400;
  std::string message;
};

/// Replaces %41 by A and the like. False for a "%" that two hexadecimal digits do not follow, or
/// for a NUL.
bool percent_decode(std::string_view text, std::string& out);

class RequestReader {
 public:
  enum class State { kReading, kComplete, kFailed };

  explicit RequestReader(const HttpLimits& limits) : limits_(limits) {}

  /// Reads on and returns how many bytes of `input` it took: all, unless the request ended before.
  /// Not to be called again before `take` once the state is kComplete, nor once it is kFailed.
  std::size_t read(std::string_view input);

  State state() const { return state_; }
  /// Whether a byte of a request has been read that is not complete.
  bool started() const {
    return state_ == State::kReading && (phase_ != Phase::kHead || !head_.empty());
  }
  /// Whether the client waits for "100 Continue" before it sends the body. True once a request.
  bool take_expectation() { return std::exchange(expects_continue_, false); }
  const HttpError& error() const { return error_; }
  /// The complete request; the reader begins the next one.
  HttpRequest take();

 private:
  enum class Phase { kHead, kBody, kChunkSize, kChunk, kChunkEnd, kTrailers };

  std::size_t read_head(std::string_view input);
  std::size_t read_body(std::string_view input);
  std::size_t read_line(std::string_view input, std::size_t limit, bool& complete);
  std::size_t read_chunk_size(std::string_view input);
  std::size_t read_chunk_end(std::string_view input);
  std::size_t read_trailers(std::string_view input);
  void parse_head(std::string_view head);
  bool parse_request_line(std::string_view line);
  bool parse_target(std::string_view target);
  bool parse_header(std::string_view line);
  void plan_body();
  bool plan_connection();
  bool plan_length(bool chunked, const std::string* length);
  bool fail(int status, std::string message);

  HttpLimits limits_;
  State state_ = State::kReading;
  Phase phase_ = Phase::kHead;
  HttpRequest request_;
  HttpError error_;
  std::string head_;           // of a head, chunk size or trailer that has not ended yet
  std::size_t remaining_ = 0;  // bytes of the body or chunk
  std::size_t trailers_ = 0;   // bytes of trailers read
  bool http_1_0_ = false, expects_continue_ = false;
};

}  // namespace bitcpp
