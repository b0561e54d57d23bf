// Answers, as bytes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitcpp {

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool close = false;  // the connection closes behind it
};

/// "Not Found" for 404.
std::string_view reason_phrase(int status);

/// Appends head and body to `out`; for `head_only` (the answer to HEAD) the body's length alone.
void write_response(const HttpResponse& response, bool head_only, std::string& out);

}  // namespace bitcpp
