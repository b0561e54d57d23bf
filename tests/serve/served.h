// A `bit serve` of a test's own, on a free port. For tests only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/program.h"
#include "http/http_test_client.h"

namespace bitcpp {

class Served {
 public:
  /// Starts build/bit serve with these arguments and waits until it listens.
  explicit Served(std::vector<std::string> arguments);
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  /// Kills it where it still runs.
  ~Served();

  std::uint16_t port() const { return port_; }
  TestClient client() const { return TestClient(port_); }
  void signal(int number) const;
  /// Its exit status; waits for it.
  int wait();
  /// What it has written to stderr so far.
  std::string log() const;
  /// Waits until the log holds `text`; false when that takes too long.
  bool logs(const std::string& text) const;

 private:
  TemporaryFolder folder_;
  int process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bitcpp
