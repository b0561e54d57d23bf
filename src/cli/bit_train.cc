#include "cli/bit_train.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace bitcpp {
namespace {

char** kept_arguments = nullptr;

bool runnable(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

/// Beside this program first, so that a build folder never runs an older installed bit-train. Empty
/// when there is none.
std::filesystem::path find_bit_train() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error && runnable(self.parent_path() / "bit-train")) return self.parent_path() / "bit-train";

  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
    // An empty entry means the current folder, where a stranger's file may lie.
    if (folder.empty()) continue;
    if (runnable(std::filesystem::path(folder) / "bit-train")) {
      return std::filesystem::path(folder) / "bit-train";
    }
  }
  return {};
}

}  // namespace

const std::vector<TrainCommand>& train_commands() {
  static const std::vector<TrainCommand> commands = {
      {"distill", "Make a 1-bit model from a BERT folder and a task file",
       "bit distill --model DIR --train FILE --dev FILE --out DIR [--recipe NAME|FILE.toml] [--set "
       "KEY=VALUE]... [--unlabeled FILE]... [--start [STAGE=]DIR]... [--max-drop POINTS] "
       "[--resume]",
       "bit distill --model minilm --train train.tsv --dev dev.tsv --out my-model"},
      {"finetune", "Train a full-precision teacher on a task",
       "bit finetune --model DIR --train FILE --dev FILE --out DIR",
       "bit finetune --model minilm --train train.tsv --dev dev.tsv --out teacher"},
      {"sweep", "Run several recipes with several seeds, one table of all",
       "bit sweep --recipes A,B --seeds 1,2,3 --model DIR --train FILE --dev FILE --out DIR "
       "[--store FILE]",
       "bit sweep --recipes bit,w1a1-direct --seeds 1,2,3 --model minilm --train train.tsv --dev "
       "dev.tsv --out sweep"},
      {"train", "Run the stages of a recipe",
       "bit train RECIPE.toml --model DIR --train FILE --dev FILE --out DIR",
       "bit train my.toml --model minilm --train train.tsv --dev dev.tsv --out my-model"},
      {"pretrain", "Make a backbone 1-bit on plain text, before any task",
       "bit pretrain --model DIR --text FILE... --out DIR [--dev FILE] [--recipe NAME|FILE.toml] "
       "[--set KEY=VALUE]... [--resume]",
       "bit pretrain --model minilm --text news.txt.gz --out minilm-1bit"},
      {"augment", "Make more training texts by replacing words that fit",
       "bit augment --model DIR --in FILE --out FILE.tsv [--copies N] [--probability P] "
       "[--candidates N] [--seed N]",
       "bit augment --model bert-base-uncased --in train.tsv --out augmented.tsv --copies 10"},
      {"verify", "Compare a packed model with the trained weights it came from",
       "bit verify MODEL --against DIR --data FILE",
       "bit verify model.safetensors --against my-model/w1a1 --data dev.tsv"},
  };
  return commands;
}

const TrainCommand* find_train_command(const std::string& name) {
  for (const TrainCommand& command : train_commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

void keep_arguments(char** argv) { kept_arguments = argv; }

bool bit_train_found() { return !find_bit_train().empty(); }

std::string brief_help(const TrainCommand& command) {
  return command.summary + "\nUsage: " + command.usage + "\n\nExample:\n  " + command.example +
         "\n\nThis command runs in bit-train, which is not here: 'make train' in the source folder "
         "builds it and its full help.\n";
}

void start_bit_train(std::vector<std::string> arguments) {
  const std::filesystem::path program = find_bit_train();
  if (program.empty()) {
    throw Error(
        "this command needs bit-train, which is neither beside bit nor on PATH: run 'make train' "
        "in "
        "the source folder to build it");
  }
  // Its threads meet some 400 times a step. Left alone, libgomp puts a thread to sleep at each
  // meeting; to wait for 0.7 ms first makes training a tenth faster.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "20000", 0);
  arguments.insert(arguments.begin(), program.string());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw Error("cannot start " + program.string() + ": " + std::strerror(errno));
}

void hand_to_bit_train() {
  std::vector<std::string> arguments;
  if (kept_arguments != nullptr && *kept_arguments != nullptr) {
    for (char** next = kept_arguments + 1; *next != nullptr; ++next) arguments.emplace_back(*next);
  }
  start_bit_train(std::move(arguments));
}

}  // namespace bitcpp
