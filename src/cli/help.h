// `bit help [COMMAND]`, the overview that `bit` alone prints, and the version.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bitcpp {

/// One screen: what bit is, what to do first, every command.
std::string overview(const CLI::App& app);

/// Version of the program and of the packed format it reads, without a line end.
std::string version_line();

/// Adds `help`. It prints the help of any command of `app`, or the overview.
CLI::App* add_help_command(CLI::App& app, int& status);

}  // namespace bitcpp
