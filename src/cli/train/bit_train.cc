// `bit-train`: training and whatever else needs LibTorch.
#include "cli/train/bit_train.h"

#include <ATen/Parallel.h>
#include <omp.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "cli/frame.h"
#include "cli/train/commands.h"

namespace bitcpp {
namespace {

/// OpenMP's threads spin at the end of every loop, which beside any other busy program costs far
/// more than waking them (seen: 20 to 30 texts/s instead of 200). Asleep at once, waking costs a
/// tenth. So they spin for some 50 microseconds. The runtime reads this before main, hence the
/// second start.
void start_with_patient_threads(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  setenv("OMP_WAIT_POLICY", "passive", 1);
  setenv("GOMP_SPINCOUNT", "2000", 1);
  std::error_code failure;  // where this fails, training is only slower
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (!failure) execv(self.c_str(), argv);
}

}  // namespace

int run_bit_train(int argc, char** argv) {
  start_with_patient_threads(argv);
  // Debian's LibTorch starts with one thread whatever OpenMP allows.
  at::set_num_threads(omp_get_max_threads());
  int status = kSuccess;
  CLI::App app("Training and verification of 1-bit transformers; `bit` starts this.", "bit-train");
  app.require_subcommand(1);
  add_distill_command(app, status);
  add_train_command(app, status);
  add_finetune_command(app, status);
  add_pretrain_command(app, status);
  add_augment_command(app, status);
  add_sweep_command(app, status);
  add_eval_command(app, status);
  add_verify_command(app, status);
  return run_command_line(app, argc, argv, status);
}

}  // namespace bitcpp
