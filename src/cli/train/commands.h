// The subcommands of `bit-train`, one file each; they keep to the rules of cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "data/dataset.h"
#include "distill/distill.h"

namespace bitcpp {

CLI::App* add_distill_command(CLI::App& app, int& status);
CLI::App* add_train_command(CLI::App& app, int& status);
CLI::App* add_finetune_command(CLI::App& app, int& status);
CLI::App* add_pretrain_command(CLI::App& app, int& status);
CLI::App* add_augment_command(CLI::App& app, int& status);
CLI::App* add_sweep_command(CLI::App& app, int& status);
CLI::App* add_eval_command(CLI::App& app, int& status);
CLI::App* add_verify_command(CLI::App& app, int& status);

/// Options that distill, train and finetune share.
struct TrainingOptions {
  DistillInputs inputs;
  std::string columns, task, recipe = "bit";
  std::vector<std::string> settings, starts;
  bool json = false;

  /// Inputs with columns, task and starts read. Throws Error.
  DistillInputs complete() const;
};

void add_training_options(CLI::App& command, TrainingOptions& options);
void add_setting_option(CLI::App& command, std::vector<std::string>& settings);
/// Makes an option take one value each time it is given, as often as one likes.
CLI::Option* repeatable(CLI::Option* option, const char* type);
/// Those of distill and train alone.
void add_student_options(CLI::App& command, TrainingOptions& options);

/// The names of task_by_name; empty: none. Throws Error otherwise.
std::optional<TaskKind> parse_task(const std::string& name);

}  // namespace bitcpp
