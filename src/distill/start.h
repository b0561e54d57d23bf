// Students that start from weights that were 1-bit before, instead of from their teacher's.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "distill/distill.h"
#include "train/network.h"

namespace bitcpp {

/// A folder read: `bit pretrain` or an earlier `bit distill` made it, or it is any BERT.
struct StartWeights {
  std::filesystem::path folder;
  NetworkConfig config;
  ParameterSet weights;
};

/// Reads every folder of `starts`, by stage of `recipe`. Throws Error for a stage that the recipe
/// lacks or that is named twice, and for folders that cannot be read.
std::map<std::string, StartWeights> read_starts(const std::vector<StartFolder>& starts,
                                                const Recipe& recipe);

/// Copies the body (embeddings and layers, weights and shifts) into `student`; pooler and head as
/// well where the folder has a head with the same outputs. Scales are copied where both take the
/// same values at every place, and are else left as they are. Says so on stderr. Throws Error when
/// the body has another shape.
void start_from(const StartWeights& start, const std::string& stage, Network& student);

}  // namespace bitcpp
