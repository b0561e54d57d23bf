// What `bit` and `bit-train` share: parsing, one-line errors, exit statuses.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// Parses the command line and runs the callbacks of `app`. Help goes to stdout (0). A usage error,
/// an Error or any other exception becomes one line "PROGRAM: MESSAGE" on stderr (kBadInput); a
/// closed pipe on stdout ends quietly. Otherwise returns `status`, which the callbacks set. An
/// unknown subcommand is answered with the nearest known one.
int run_command_line(CLI::App& app, int argc, const char* const* argv, const int& status);

/// The candidate that differs from `word` by the fewest inserted, removed, replaced or swapped
/// neighbouring characters; empty when none is close (more than a third of the word, at least 1,
/// differs).
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace bitcpp
