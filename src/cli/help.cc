#include "cli/help.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "cli/bit_train.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/frame.h"
#include "cli/man_page.h"

namespace bitcpp {
namespace {

const CLI::App& find_command(const CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands(nullptr);
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
    return command->get_name() == name;
  });
  if (found == commands.end()) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const std::string nearest = nearest_word(name, names);
    throw Error("no command '" + name + "'" +
                (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  return **found;
}

void print_help_of(const CLI::App& app, const std::string& name) {
  if (const TrainCommand* command = find_train_command(name)) {
    if (bit_train_found()) start_bit_train({name, "--help"});
    std::cout << brief_help(*command);
    return;
  }
  std::cout << find_command(app, name).help(app.get_name());
}

struct HelpOptions {
  std::string command, shell;
  bool man = false;
};

void print_help(const CLI::App& app, const HelpOptions& options) {
  if (!options.shell.empty())
    std::cout << completion(app, options.shell);
  else if (options.man && options.command.empty())
    std::cout << man_page(app);
  else if (options.man)
    std::cout << man_page(app, find_command(app, options.command));
  else if (options.command.empty())
    std::cout << overview(app);
  else
    print_help_of(app, options.command);
}

}  // namespace

std::string overview(const CLI::App& app) {
  std::ostringstream text;
  text << "bit runs BERT-type text classifiers whose weights and activations are one bit each,\n"
          "and makes them from a model and a task of yours.\n"
          "\n"
          "Do this first:\n"
          "  echo 'play some jazz' | bit run models/snips-minilm-w1a1.safetensors\n"
          "\n"
          "Then with your own data (TSV, CSV or JSONL with text and label columns):\n"
          "  bit distill --model BERT_FOLDER --train train.tsv --dev dev.tsv --out my-model\n"
          "\n"
          "Commands:\n";
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    std::string name = command->get_name();
    name.resize(std::max<std::size_t>(name.size(), 10), ' ');
    text << "  " << name << command->get_description() << "\n";
  }
  text << "\n"
          "'bit help COMMAND' or 'bit COMMAND --help' tells more, with examples.\n"
          "Exit status: 0 done, 1 negative answer, 2 usage error or bad input.\n";
  return text.str();
}

CLI::App* add_help_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("help", "Explain a command");
  const auto options = std::make_shared<HelpOptions>();
  command->add_option("command", options->command, "Command to explain; without it, an overview");
  command->add_flag("--man", options->man, "As a manual page");
  command
      ->add_option("--completion", options->shell,
                   "A script that completes commands and options in this shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""))
      ->option_text("bash|zsh|fish");
  command->footer(
      "Examples:\n"
      "  bit help run\n"
      "  bit help run --man | man -l -\n"
      "  source <(bit help --completion bash)");
  command->callback([&app, options] { print_help(app, *options); });
  return command;
}

}  // namespace bitcpp
