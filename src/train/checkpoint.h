// What a killed stage needs to go on as if nothing had happened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>

#include "train/network.h"
#include "train/optimizer.h"
#include "train/statistics.h"

namespace bitcpp {

/// Where a stage stands between two steps.
struct StageState {
  std::int64_t step = 0;                                       // steps done
  double best_metric = std::numeric_limits<double>::lowest();  // on the dev file; lowest: none yet
  std::int64_t best_step = -1;
  std::int64_t stale = 0;  // evaluations since the metric last rose
  std::uintmax_t log_bytes = 0;
  double seconds = 0;  // spent so far
  SignSnapshot signs;  // of the statistics; empty for a full-precision network
};

/// Weights, moments and `state` in one safetensors file, written to a temporary name and renamed.
void write_checkpoint(const std::filesystem::path& path, const Network& network,
                      const Adam& optimizer, const StageState& state);

/// Throws Error when the file does not fit the network.
StageState read_checkpoint(const std::filesystem::path& path, Network& network, Adam& optimizer);

/// Weights alone.
void write_weights(const std::filesystem::path& path, const Network& network);
void read_weights_into(const std::filesystem::path& path, Network& network);

}  // namespace bitcpp
