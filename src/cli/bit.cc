// `bit`: the runtime's command line. Commands that need LibTorch are handed to bit-train before
// their options are parsed, so that this program does not have to know them.
#include "cli/bit.h"

#include <iostream>
#include <string>

#include "cli/bit_train.h"
#include "cli/commands.h"
#include "cli/frame.h"
#include "cli/help.h"

namespace bitcpp {
namespace {

void add_train_command(CLI::App& app, const TrainCommand& command, bool only_help) {
  app.add_subcommand(command.name, command.summary)->callback([&command, only_help] {
    if (!only_help || bit_train_found()) hand_to_bit_train();
    std::cout << brief_help(command);
  });
}

}  // namespace

int run_bit(int argc, char** argv) {
  keep_arguments(argv);
  const bool handed_over = argc > 1 && find_train_command(argv[1]) != nullptr;
  const std::string first_option = handed_over && argc == 3 ? argv[2] : "";
  const bool only_help = first_option == "--help" || first_option == "-h";

  int status = kSuccess;
  CLI::App app("", "bit");
  app.require_subcommand(0, 1);
  add_run_command(app, status);
  add_eval_command(app, status);
  add_serve_command(app, status);
  for (const TrainCommand& command : train_commands()) add_train_command(app, command, only_help);
  add_inspect_command(app, status);
  add_tokenize_command(app, status);
  add_bench_command(app, status);
  add_report_command(app, status);
  add_results_command(app, status);
  add_help_command(app, status);
  add_version_command(app, status);

  // After the subcommands, which would inherit the formatter.
  app.formatter_fn(
      [](const CLI::App* self, std::string, CLI::AppFormatMode) { return overview(*self); });
  app.set_version_flag("--version", version_line());
  app.callback([&app] {
    if (app.get_subcommands().empty()) std::cout << overview(app);
  });
  return run_command_line(app, handed_over ? 2 : argc, argv, status);
}

}  // namespace bitcpp
