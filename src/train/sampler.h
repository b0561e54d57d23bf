// The order in which a stage sees its texts: a function of seed and step alone, so that a resumed
// run sees the same.
#pragma once

#include <cstdint>
#include <vector>

namespace bitcpp {

class Sampler {
 public:
  /// Some texts belong to every epoch, of the others each epoch takes as many as it may.
  struct Mix {
    std::size_t others = 0;     // texts at the end of the list that need not be in every epoch
    std::size_t per_epoch = 0;  // how many of those an epoch takes, the next ones each time
  };

  /// Epochs of `lengths.size()` texts (or of what `mix` says) in batches of `batch`. With
  /// `group_by_length`, batches hold texts of like length, which spares padding where attention
  /// pads; order and membership stay random within windows of 64 batches.
  Sampler(std::vector<std::size_t> lengths, std::int64_t batch, std::uint64_t seed,
          bool group_by_length, Mix mix = {0, 0});

  std::int64_t steps_per_epoch() const;
  /// Numbers of the texts of step `step`, counted over all epochs.
  const std::vector<std::size_t>& batch_at(std::int64_t step);

 private:
  void shuffle(std::int64_t epoch);
  std::vector<std::size_t> texts_of(std::int64_t epoch) const;

  std::vector<std::size_t> lengths_;
  std::int64_t batch_;
  std::uint64_t seed_;
  bool group_by_length_;
  Mix mix_;
  std::int64_t epoch_ = -1;
  std::vector<std::vector<std::size_t>> batches_;
};

}  // namespace bitcpp
