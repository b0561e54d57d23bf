// Manual pages made of the help that the commands have anyway.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bitcpp {

/// bit(1): every command with its summary, in the man macros of troff.
std::string man_page(const CLI::App& app);

/// bit-COMMAND(1): options, arguments and examples of a command of `app`.
std::string man_page(const CLI::App& app, const CLI::App& command);

}  // namespace bitcpp
