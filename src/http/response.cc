#include "http/response.h"

#include <array>

namespace bitcpp {

std::string_view reason_phrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 17> kPhrases = {{
      {200, "OK"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {424, "Failed Dependency"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  }};
  for (const auto& [known, phrase] : kPhrases) {
    if (known == status) return phrase;
  }
  return "Unknown";
}

void write_response(const HttpResponse& response, bool head_only, std::string& out) {
  out += "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += reason_phrase(response.status);
  out += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (!response.body.empty() || head_only) out += "\r\nContent-Type: " + response.content_type;
  for (const auto& [name, value] : response.headers) out += "\r\n" + name + ": " + value;
  if (response.close) out += "\r\nConnection: close";
  out += "\r\n\r\n";
  if (!head_only) out += response.body;
}

}  // namespace bitcpp
