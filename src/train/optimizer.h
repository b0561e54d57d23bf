// Adam with decoupled weight decay as BiT uses it: gradients clipped per parameter tensor, three
// kinds of parameters, and a word embedding of which only the rows of the batch are touched.
#pragma once

#include <torch/types.h>

#include <map>
#include <memory>
#include <string>

#include "train/flat_parameters.h"
#include "train/parameters.h"

namespace bitcpp {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-6;
  double weight_decay = 0.01;
  double clip = 1.0;            // largest L2 norm of one tensor's gradient
  bool bias_correction = true;  // the published code has none (method.md section 6)
};

/// The factor on the learning rate at `step` of `steps` (from 0): linear from 0 over the first
/// `warmup` share, then linear to 0.
double linear_schedule(std::int64_t step, std::int64_t steps, double warmup);

/// How the parameters are stored while they are trained: each by itself, which a CPU's fused loop
/// goes through once, or as one vector (FlatParameters).
enum class ParameterLayout { kSeparate, kFlat };

class Adam {
 public:
  Adam(const ParameterSet& parameters, const AdamOptions& options, ParameterLayout layout);

  /// The rows of the word embedding that the batch used, with their gradient.
  struct WordRows {
    torch::Tensor ids;       // (U) int64
    torch::Tensor gradient;  // (U, hidden); undefined: none
  };

  /// One update from the parameters' gradients, which it then drops. Scales move at `scale_rate`
  /// and stay >= kSmallestScale.
  void step(double rate, double scale_rate, const WordRows& words);

  /// Moments and step count, by name, for a checkpoint; `load` throws Error when one is missing or
  /// misshapen.
  std::map<std::string, torch::Tensor> state() const;
  void load(const std::map<std::string, torch::Tensor>& state);

 private:
  struct Moments {
    torch::Tensor first, second;  // the parameter's shape
  };
  struct Update {
    double rate, decay, correction1, correction2;
  };
  Update update_of(ParameterRole role, double rate, double scale_rate) const;
  void step_flat(double rate, double scale_rate);
  void update_dense(const Parameter& parameter, Moments& moments, const Update& update) const;
  void update_rows(const Parameter& parameter, Moments& moments, const WordRows& words,
                   const Update& update) const;

  const ParameterSet& parameters_;
  AdamOptions options_;
  std::unique_ptr<FlatParameters> flat_;  // in the flat layout
  Moments flat_moments_;                  // of its vector
  std::vector<Moments> moments_;          // of each parameter; views of those in the flat layout
  std::int64_t steps_ = 0;
};

}  // namespace bitcpp
