// The commands of `bit-train`, as `bit` sees them: names to hand over, and what to say without it.
#pragma once

#include <string>
#include <vector>

namespace bitcpp {

struct TrainCommand {
  std::string name, summary, usage, example;
};

/// distill, finetune, train, pretrain, augment, verify.
const std::vector<TrainCommand>& train_commands();
/// The command of that name, or nullptr.
const TrainCommand* find_train_command(const std::string& name);

/// Remembers what hand_to_bit_train passes on. `argv` ends with a null pointer, as main's does, and
/// is neither copied nor changed.
void keep_arguments(char** argv);

/// Replaces this process by `bit-train` with the very arguments `bit` was given: for commands that
/// need LibTorch (`bit eval` on a Hugging Face folder calls this too). Throws Error, saying how to
/// build it, when there is no bit-train beside this program or on PATH.
[[noreturn]] void hand_to_bit_train();

/// Whether bit-train lies beside this program or on PATH.
bool bit_train_found();

/// Replaces this process by `bit-train ARGUMENTS...`; throws as hand_to_bit_train does.
[[noreturn]] void start_bit_train(std::vector<std::string> arguments);

/// Help for a command when bit-train, which has the full text, is missing.
std::string brief_help(const TrainCommand& command);

}  // namespace bitcpp
