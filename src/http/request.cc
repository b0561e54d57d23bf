#include "http/request.h"

#include <algorithm>

namespace bitcpp {
namespace {

constexpr std::size_t kLongestChunkLine = 256;

bool is_token_character(unsigned char c) {
  return std::isalnum(c) != 0 ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A number of digits only, up to 15 of them; false for anything else.
bool parse_number(std::string_view text, int base, std::size_t& number) {
  if (text.empty() || text.size() > 15) return false;
  number = 0;
  for (char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0 || digit >= base) return false;
    number = number * static_cast<std::size_t>(base) + static_cast<std::size_t>(digit);
  }
  return true;
}

/// Whether a comma-separated list holds `word` (lower case).
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (lower(trimmed(list.substr(0, comma))) == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

bool percent_decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
      return false;
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    if (out.back() == '\0') return false;
    i += 2;
  }
  return true;
}

const std::string* HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool RequestReader::fail(int status, std::string message) {
  state_ = State::kFailed;
  error_ = {status, std::move(message)};
  return false;
}

HttpRequest RequestReader::take() {
  HttpRequest request = std::move(request_);
  request_ = {};
  state_ = State::kReading;
  phase_ = Phase::kHead;
  head_.clear();
  remaining_ = trailers_ = 0;
  expects_continue_ = http_1_0_ = false;
  return request;
}

std::size_t RequestReader::read(std::string_view input) {
  std::size_t taken = 0;
  while (taken < input.size() && state_ == State::kReading) {
    const std::string_view rest = input.substr(taken);
    switch (phase_) {
      case Phase::kHead:
        taken += read_head(rest);
        break;
      case Phase::kBody:
      case Phase::kChunk:
        taken += read_body(rest);
        break;
      case Phase::kChunkSize:
        taken += read_chunk_size(rest);
        break;
      case Phase::kChunkEnd:
        taken += read_chunk_end(rest);
        break;
      case Phase::kTrailers:
        taken += read_trailers(rest);
        break;
    }
  }
  return taken;
}

std::size_t RequestReader::read_head(std::string_view input) {
  const std::size_t old = head_.size();
  const std::size_t room = limits_.head_bytes + 4 - std::min(old, limits_.head_bytes + 4);
  head_.append(input.substr(0, std::min(input.size(), room)));
  // An empty line in front of a request is allowed: some clients send one behind a body.
  if (old < 2 && head_.starts_with("\r\n")) {
    head_.clear();
    return 2 - old;
  }
  const std::size_t end = head_.find("\r\n\r\n", old < 3 ? 0 : old - 3);
  // Before anything else is looked at, or the answer would depend on how the bytes arrived.
  for (std::size_t i = old; i < std::min(end, head_.size()); ++i) {
    if (head_[i] == '\n' && (i == 0 || head_[i - 1] != '\r')) {
      fail(400, "a line of the request does not end in CR LF");
      return input.size();
    }
  }
  if (end != std::string::npos) {
    const std::string head = head_.substr(0, end);
    head_.clear();
    parse_head(head);
    return end + 4 - old;
  }
  if (head_.size() >= limits_.head_bytes + 4)
    fail(431, "more than " + std::to_string(limits_.head_bytes) + " bytes of headers");
  return head_.size() - old;
}

void RequestReader::parse_head(std::string_view head) {
  std::size_t begin = 0, number = 0;
  for (bool more = true; more; ++number) {
    const std::size_t end = head.find("\r\n", begin);
    more = end != std::string_view::npos;
    const std::string_view line = head.substr(begin, more ? end - begin : std::string_view::npos);
    begin = end + 2;
    if (number > limits_.headers) {
      fail(431, "more than " + std::to_string(limits_.headers) + " headers");
      return;
    }
    if (!(number == 0 ? parse_request_line(line) : parse_header(line))) return;
  }
  plan_body();
}

bool RequestReader::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || last == first)
    return fail(400, "expected METHOD TARGET HTTP/1.1");
  const std::string_view method = line.substr(0, first), version = line.substr(last + 1);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!is_token(method)) return fail(400, "the method is no word");
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.')
    return fail(400, "expected HTTP/1.1 behind the target");
  if (!version.starts_with("HTTP/1.")) return fail(505, "expected HTTP/1.1");
  http_1_0_ = version[7] == '0';
  request_.method = method;
  return parse_target(target);
}

bool RequestReader::parse_target(std::string_view target) {
  const auto visible = [](unsigned char c) { return c > 0x20 && c < 0x7F; };
  if (target.empty() || !std::all_of(target.begin(), target.end(), visible))
    return fail(400, "the target holds a character that is not visible ASCII");
  if (lower(target.substr(0, 7)) == "http://" || lower(target.substr(0, 8)) == "https://") {
    const std::size_t slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  if (mark < target.size()) request_.query = target.substr(mark + 1);
  if (target != "*" && target[0] != '/') return fail(400, "the target does not begin with /");
  if (!percent_decode(target.substr(0, mark), request_.path))
    return fail(400, "the target's % is not followed by two hexadecimal digits");
  return true;
}

bool RequestReader::parse_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return fail(400, "expected a header as NAME: VALUE");
  const std::string_view value = trimmed(line.substr(colon + 1));
  const auto control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; };
  if (std::any_of(value.begin(), value.end(), control))
    return fail(400, "a header's value holds a control character");
  request_.headers.emplace_back(lower(line.substr(0, colon)), value);
  return true;
}

bool RequestReader::plan_connection() {
  const std::string* connection = request_.header("connection");
  request_.keep_alive = !http_1_0_ && (connection == nullptr || !lists(*connection, "close"));
  const std::string* expect = request_.header("expect");
  if (expect == nullptr) return true;
  if (lower(*expect) != "100-continue") return fail(417, "expected only Expect: 100-continue");
  expects_continue_ = !http_1_0_;
  return true;
}

bool RequestReader::plan_length(bool chunked, const std::string* length) {
  if (chunked) {
    if (http_1_0_ || length != nullptr)
      return fail(400, "a chunked body with Content-Length, or in HTTP/1.0");
    phase_ = Phase::kChunkSize;
    return true;
  }
  if (length != nullptr && !parse_number(*length, 10, remaining_))
    return fail(400, "Content-Length is no number");
  if (remaining_ > limits_.body_bytes)
    return fail(413, "a body of more than " + std::to_string(limits_.body_bytes) + " bytes");
  phase_ = Phase::kBody;
  return true;
}

/// Checks the headers that say how long the body is and what happens after it.
void RequestReader::plan_body() {
  const auto count = [this](std::string_view name) {
    return std::count_if(request_.headers.begin(), request_.headers.end(),
                         [name](const auto& header) { return header.first == name; });
  };
  if (count("host") > 1 || (count("host") == 0 && !http_1_0_)) {
    fail(400, "expected one Host header");
    return;
  }
  if (count("content-length") > 1 || count("transfer-encoding") > 1) {
    fail(400, "Content-Length or Transfer-Encoding given twice");
    return;
  }
  const std::string* encoding = request_.header("transfer-encoding");
  if (encoding != nullptr && lower(*encoding) != "chunked") {
    fail(501, "expected Transfer-Encoding: chunked or none");
    return;
  }
  if (!plan_connection() || !plan_length(encoding != nullptr, request_.header("content-length")))
    return;
  if (phase_ == Phase::kBody && remaining_ == 0) {
    expects_continue_ = false;
    state_ = State::kComplete;
  }
}

std::size_t RequestReader::read_body(std::string_view input) {
  const std::size_t count = std::min(input.size(), remaining_);
  request_.body.append(input.substr(0, count));
  remaining_ -= count;
  if (remaining_ == 0) {
    if (phase_ == Phase::kBody) state_ = State::kComplete;
    phase_ = Phase::kChunkEnd;
  }
  return count;
}

/// Collects a line in head_, without its CR LF once `complete`. Fails for one of over `limit`
/// bytes.
std::size_t RequestReader::read_line(std::string_view input, std::size_t limit, bool& complete) {
  const std::size_t end = input.find('\n');
  complete = end != std::string_view::npos;
  const std::size_t count = complete ? end + 1 : input.size();
  if (head_.size() + count > limit + 2) {
    fail(400, "a chunk's line or trailer is too long");
    return input.size();
  }
  head_.append(input.substr(0, count));
  if (!complete) return count;
  if (!head_.ends_with("\r\n")) {
    fail(400, "a chunk's line does not end in CR LF");
    return count;
  }
  head_.resize(head_.size() - 2);
  return count;
}

std::size_t RequestReader::read_chunk_size(std::string_view input) {
  bool complete = false;
  const std::size_t count = read_line(input, kLongestChunkLine, complete);
  if (!complete || state_ == State::kFailed) return count;
  const std::string_view size = trimmed(std::string_view(head_).substr(0, head_.find(';')));
  if (!parse_number(size, 16, remaining_)) {
    fail(400, "a chunk's size is no hexadecimal number");
  } else if (remaining_ > limits_.body_bytes - request_.body.size()) {
    fail(413, "a body of more than " + std::to_string(limits_.body_bytes) + " bytes");
  }
  phase_ = remaining_ == 0 ? Phase::kTrailers : Phase::kChunk;
  head_.clear();
  return count;
}

std::size_t RequestReader::read_chunk_end(std::string_view input) {
  bool complete = false;
  const std::size_t count = read_line(input, 0, complete);
  if (!complete || state_ == State::kFailed) return count;
  phase_ = Phase::kChunkSize;
  return count;
}

std::size_t RequestReader::read_trailers(std::string_view input) {
  bool complete = false;
  const std::size_t count = read_line(input, limits_.head_bytes - trailers_, complete);
  if (!complete || state_ == State::kFailed) return count;
  if (head_.empty()) state_ = State::kComplete;
  trailers_ += head_.size();
  head_.clear();
  return count;
}

}  // namespace bitcpp
