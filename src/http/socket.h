// File descriptors that close themselves, and the socket a server listens on.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace bitcpp {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// A non-blocking socket that listens on `port` (0: any free one) of `host`, a name or an address.
/// Throws Error naming both.
FileDescriptor listen_on(const std::string& host, std::uint16_t port);

/// The port a socket is bound to.
std::uint16_t port_of(const FileDescriptor& socket);

/// Raises this process's limit of open files as far as it may and returns it.
std::size_t raise_file_limit();

}  // namespace bitcpp
