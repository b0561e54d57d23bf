// A network's densely updated parameters as one vector, for devices where every operation on a
// tensor is a kernel launch: an optimizer step over MiniLM's 270 tensors is 20 launches instead of
// 4,000.
#pragma once

#include <torch/types.h>

#include <vector>

#include "train/parameters.h"

namespace bitcpp {

/// Parameters of one optimizer treatment, which stand side by side in the vector.
struct FlatRange {
  ParameterRole role;  // kWeight: with decay; kBias: without; kScale
  std::int64_t begin, size;
};

class FlatParameters {
 public:
  /// Moves the values of all parameters but word embeddings and constants into the vector; the
  /// parameters' tensors become views of it.
  explicit FlatParameters(const ParameterSet& parameters);

  const torch::Tensor& values() const { return values_; }
  const std::vector<FlatRange>& ranges() const { return ranges_; }

  /// The part of `vector`, which is as long as values(), that belongs to parameter number `index`
  /// of the set, in its shape; undefined for one that is not in here.
  torch::Tensor part(const torch::Tensor& vector, std::size_t index) const;

  /// All gradients as one vector, each parameter's scaled down to an L2 norm of at most `clip`; 0
  /// where a parameter has none. Drops the parameters' gradients.
  torch::Tensor take_clipped_gradients(double clip);

 private:
  struct Place {
    std::int64_t begin = -1, size = 0, padded = 0;
  };

  const ParameterSet& parameters_;
  std::vector<Place> places_;       // of each parameter of the set
  std::vector<std::size_t> order_;  // of the parameters in here, as they stand
  std::vector<FlatRange> ranges_;
  torch::Tensor values_;
  torch::Tensor segments_;  // (values) int64: which of order_ a value belongs to
};

}  // namespace bitcpp
