// `bit-train`: training and whatever else needs LibTorch.
#include "base/error.h"
#include "cli/frame.h"
#include "cli/train/commands.h"

int main(int argc, char** argv) {
  using namespace bitcpp;
  int status = kSuccess;
  CLI::App app("Training and verification of 1-bit transformers; `bit` starts this.", "bit-train");
  app.require_subcommand(1);
  add_distill_command(app, status);
  add_train_command(app, status);
  add_finetune_command(app, status);
  add_eval_command(app, status);
  add_verify_command(app, status);
  return run_command_line(app, argc, argv, status);
}
