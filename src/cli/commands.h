// The subcommands of `bit`, one file each: NAME.cc defines add_NAME_command.
//
// What a command keeps to:
// - Options go into a struct that the callback owns (std::make_shared, captured by value), since
//   add_NAME_command returns before the command line is parsed.
// - Results go to std::cout from the thread that called the callback, everything else to std::cerr.
//   std::cout throws when a write fails (a full disk, a closed pipe); the frame turns that into an
//   exit.
// - Errors are thrown as Error; the callback sets `status` only for a negative answer (kNegative).
// - The footer begins with "Example:" or "Examples:" and shows a command line that works.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/bit_train.h"

namespace bitcpp {

/// Adds a subcommand to `app`. Its callback does the work and sets `status`, which starts at
/// kSuccess and outlives the callback. Returns the subcommand.
CLI::App* add_run_command(CLI::App& app, int& status);
CLI::App* add_eval_command(CLI::App& app, int& status);
CLI::App* add_serve_command(CLI::App& app, int& status);
CLI::App* add_inspect_command(CLI::App& app, int& status);
CLI::App* add_tokenize_command(CLI::App& app, int& status);
CLI::App* add_report_command(CLI::App& app, int& status);
CLI::App* add_bench_command(CLI::App& app, int& status);
CLI::App* add_results_command(CLI::App& app, int& status);
CLI::App* add_version_command(CLI::App& app, int& status);

}  // namespace bitcpp
