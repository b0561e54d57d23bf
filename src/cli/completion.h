// What shells need to complete command lines of bit.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bitcpp {

/// A script for "bash", "zsh" or "fish" that completes the commands of `app` and their options.
std::string completion(const CLI::App& app, const std::string& shell);

}  // namespace bitcpp
