// What goes on inside a binarized network while it trains: numbers for the report that explain a
// curve (docs/training.md lists them).
#pragma once

#include <torch/types.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/network.h"

namespace bitcpp {

/// Which weights are positive, one bit each, so that a checkpoint can hold them; `epoch` is when.
struct SignSnapshot {
  std::map<std::string, torch::Tensor> bits;  // (ceil(weights / 8)) uint8, on the CPU
  double epoch = 0;
};

class StageStatistics {
 public:
  /// Looks at activations on up to 64 of `texts`, evenly spaced, with at most `most_tokens` (but at
  /// least one text). `teacher` and `network` must outlive this.
  StageStatistics(Network& network, Network& teacher, const std::vector<EncodedText>& texts,
                  std::size_t most_tokens);

  /// The statistics as they are now, lists by layer:
  ///   "alpha", "ones": {place: [...]}   scale; share of values with the upper code (more than two
  ///                                     codes: mean code / greatest code)
  ///   "kept", "kept_none": [...]        mean of a row's keys whose probability is not zero; share
  ///                                     of rows without any
  ///   "cosine": [...]                   hidden states and the teacher's, mean over tokens;
  ///                                     entry 0 is the embedding's output
  ///   "flips": {matrix: [...]}          share of signs that changed within "flip_epochs", once at
  ///                                     least an epoch has passed since the last such entry
  /// A place that does not quantize is null.
  nlohmann::json measure(double epoch);

  const SignSnapshot& signs() const { return signs_; }
  /// Goes on from a checkpoint's snapshot.
  void restore(SignSnapshot signs) { signs_ = std::move(signs); }

 private:
  void observe(const ElasticParameters& place, const torch::Tensor& integers, const Batch& batch);
  std::map<std::string, torch::Tensor> sign_bits() const;
  void add_flips(nlohmann::json& line, double epoch);

  Network& network_;
  std::vector<const EncodedText*> sample_;
  std::vector<torch::Tensor> teacher_hidden_;  // (N, hidden) each
  SignSnapshot signs_;
  std::map<const void*, double> ones_;          // by the place's scale, while measuring
  std::map<const void*, double> kept_, empty_;  // the same, of probabilities
};

}  // namespace bitcpp
