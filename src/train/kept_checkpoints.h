// The states of a stage at its last evaluations, as model folders beside each other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "train/network.h"

namespace bitcpp {

/// Which checkpoints a stage keeps: FOLDER/STAGE-step-0000120, `count` of them at most.
struct KeptCheckpoints {
  std::filesystem::path folder;
  std::string stage;
  std::int64_t count;
};

/// Saves `network` as the checkpoint of `step` (replacing one of the same step, which a killed run
/// may have left), then removes those of later steps and all but the last `count`. Each is a folder
/// that eval, verify and distill open. Throws Error.
void keep_checkpoint(const KeptCheckpoints& kept, std::int64_t step, const Network& network,
                     const std::filesystem::path& tokenizer_source);

/// Moves the checkpoints that lie in `from` to `to`, on the same file system.
void move_kept_checkpoints(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace bitcpp
