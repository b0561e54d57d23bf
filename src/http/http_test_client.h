// A client that sends what a test says, right or wrong. For tests only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cctype>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/socket.h"

namespace bitcpp {

struct TestResponse {
  int status = 0;  // 0: none came, the connection is closed
  std::string head, body;
  bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class TestClient {
 public:
  explicit TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }

  int fd() const { return socket_.get(); }
  /// A whole response has been read already.
  bool has_response() const {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    return buffer_.size() >= end + 4 + body_length(buffer_.substr(0, end + 2));
  }

  /// Whether all was taken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void end() { shutdown(socket_.get(), SHUT_WR); }
  /// Closes with a reset.
  void abort() {
    const linger now = {1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }

  /// The next response; of one to HEAD the head alone.
  TestResponse receive(bool head_only = false) {
    TestResponse response;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return response;
    }
    response.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    response.status = std::stoi(response.head.substr(9, 3));
    const std::size_t length = head_only ? 0 : body_length(response.head);
    while (buffer_.size() < length) {
      if (!more()) return {};
    }
    response.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return response;
  }
  /// Whether the server closes and has sent nothing more.
  bool closed() {
    while (more()) {
    }
    return buffer_.empty();
  }

  TestResponse get(const std::string& path, const std::string& headers = "") {
    send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    return receive();
  }
  static std::string post_text(const std::string& path, const std::string& body,
                               const std::string& headers = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  TestResponse post(const std::string& path, const std::string& body,
                    const std::string& headers = "") {
    send(post_text(path, body, headers));
    return receive();
  }

 private:
  static std::size_t body_length(std::string head) {
    for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::size_t at = head.find("content-length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  bool more() {
    // Far beyond what any answer takes; a test that gets here has failed.
    pollfd ready = {socket_.get(), POLLIN, 0};
    if (poll(&ready, 1, 30'000) != 1) return false;
    char bytes[65536];
    const ssize_t count = recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  FileDescriptor socket_;
  std::string buffer_;
};

}  // namespace bitcpp
