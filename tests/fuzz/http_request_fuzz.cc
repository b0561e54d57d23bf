// Any bytes as a stream of HTTP requests: the same requests, and the same refusal, however they are
// cut into pieces; nothing beyond the limits is kept.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "http/request.h"

namespace {

using namespace bitcpp;

HttpLimits small_limits() {
  HttpLimits limits;
  limits.head_bytes = 300;
  limits.headers = 8;
  limits.body_bytes = 100;
  return limits;
}

/// Each request as text, and the status of the refusal at the end if there is one.
std::vector<std::string> read(std::string_view bytes, std::size_t step) {
  const HttpLimits limits = small_limits();
  RequestReader reader(limits);
  std::vector<std::string> seen;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t taken = reader.read(piece);
      FUZZ_CHECK(taken > 0 && taken <= piece.size());
      piece.remove_prefix(taken);
      if (reader.state() == RequestReader::State::kFailed) {
        FUZZ_CHECK(reader.error().status >= 400 && reader.error().status < 600);
        seen.push_back("refused " + std::to_string(reader.error().status));
        return seen;
      }
      if (reader.state() != RequestReader::State::kComplete) continue;
      const HttpRequest request = reader.take();
      FUZZ_CHECK(request.body.size() <= limits.body_bytes);
      FUZZ_CHECK(request.headers.size() <= limits.headers);
      FUZZ_CHECK(!request.path.empty() && request.path.find('\0') == std::string::npos);
      std::string text = request.method + " " + request.path + "?" + request.query;
      for (const auto& [name, value] : request.headers) {
        FUZZ_CHECK(value.find_first_of("\r\n") == std::string::npos);
        text += "\n" + name + ":" + value;
      }
      seen.push_back(text + "\n\n" + request.body);
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> whole = read(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}})
    FUZZ_CHECK(read(bytes, step) == whole);
  return 0;
}
