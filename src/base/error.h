// The one exception of bit.cpp: something the user can mend.
#pragma once

#include <stdexcept>
#include <string>

namespace bitcpp {

/// Exit statuses of every command.
enum ExitStatus { kSuccess = 0, kNegative = 1, kBadInput = 2 };

/// Bad input, a bad file or an impossible request. `what()` is one line that names the file (and
/// line, where there is one) and what was expected; a command prints it and exits with kBadInput.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace bitcpp
