// The order in which a stage sees its texts: a function of seed and step alone, so that a resumed
// run sees the same.
#pragma once

#include <cstdint>
#include <vector>

namespace bitcpp {

class Sampler {
 public:
  /// Epochs of `lengths.size()` texts in batches of `batch`. With `group_by_length`, batches hold
  /// texts of like length, which spares padding where attention pads; order and membership stay
  /// random within windows of 64 batches.
  Sampler(std::vector<std::size_t> lengths, std::int64_t batch, std::uint64_t seed,
          bool group_by_length);

  std::int64_t steps_per_epoch() const;
  /// Numbers of the texts of step `step`, counted over all epochs.
  const std::vector<std::size_t>& batch_at(std::int64_t step);

 private:
  void shuffle(std::int64_t epoch);

  std::vector<std::size_t> lengths_;
  std::int64_t batch_;
  std::uint64_t seed_;
  bool group_by_length_;
  std::int64_t epoch_ = -1;
  std::vector<std::vector<std::size_t>> batches_;
};

}  // namespace bitcpp
