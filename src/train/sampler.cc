#include "train/sampler.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace bitcpp {
namespace {

constexpr std::size_t kWindowBatches = 64;

// std::shuffle and the distributions differ between standard libraries; the engine itself does not.
template <typename T>
void fisher_yates(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

}  // namespace

Sampler::Sampler(std::vector<std::size_t> lengths, std::int64_t batch, std::uint64_t seed,
                 bool group_by_length, Mix mix)
    : lengths_(std::move(lengths)),
      batch_(batch),
      seed_(seed),
      group_by_length_(group_by_length),
      mix_{mix.others, std::min(mix.others, mix.per_epoch)} {}

std::int64_t Sampler::steps_per_epoch() const {
  const std::size_t texts = lengths_.size() - mix_.others + mix_.per_epoch;
  return (static_cast<std::int64_t>(texts) + batch_ - 1) / batch_;
}

std::vector<std::size_t> Sampler::texts_of(std::int64_t epoch) const {
  const std::size_t always = lengths_.size() - mix_.others;
  std::vector<std::size_t> chosen(always), round;
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  // The others go round: each is seen before any is seen again.
  const std::uint64_t first = static_cast<std::uint64_t>(epoch) * mix_.per_epoch;
  for (std::uint64_t next = first; next < first + mix_.per_epoch; ++next) {
    if (round.empty() || next % mix_.others == 0) {
      std::seed_seq mixed{seed_, next / mix_.others, std::uint64_t{0x726f756e64}};
      std::mt19937_64 random(mixed);
      round.resize(mix_.others);
      std::iota(round.begin(), round.end(), always);
      fisher_yates(round, random);
    }
    chosen.push_back(round[next % mix_.others]);
  }
  return chosen;
}

const std::vector<std::size_t>& Sampler::batch_at(std::int64_t step) {
  const std::int64_t epoch = step / steps_per_epoch();
  if (epoch != epoch_) shuffle(epoch);
  return batches_[step % steps_per_epoch()];
}

void Sampler::shuffle(std::int64_t epoch) {
  std::seed_seq mixed{seed_, static_cast<std::uint64_t>(epoch), std::uint64_t{0x6269742e637070}};
  std::mt19937_64 random(mixed);
  std::vector<std::size_t> order = texts_of(epoch);
  fisher_yates(order, random);
  const auto batch = static_cast<std::size_t>(batch_);
  if (group_by_length_)
    for (std::size_t begin = 0; begin < order.size(); begin += kWindowBatches * batch)
      std::stable_sort(order.begin() + begin,
                       order.begin() + std::min(order.size(), begin + kWindowBatches * batch),
                       [&](std::size_t a, std::size_t b) { return lengths_[a] < lengths_[b]; });
  batches_.clear();
  for (std::size_t begin = 0; begin < order.size(); begin += batch)
    batches_.emplace_back(order.begin() + begin,
                          order.begin() + std::min(order.size(), begin + batch));
  if (group_by_length_) fisher_yates(batches_, random);
  epoch_ = epoch;
}

}  // namespace bitcpp
