#include "cli/bench_load.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

namespace bitcpp {
namespace {

constexpr int kWarmPasses = 3;
constexpr std::size_t kLeastPasses = 5;

}  // namespace

BenchLoad::BenchLoad(const Encoder& encoder, int tokens, int batch, int threads)
    : encoder_(encoder),
      ids_(static_cast<std::size_t>(tokens)),
      types_(ids_.size()),
      inputs_(static_cast<std::size_t>(batch), {ids_, types_}),
      logits_(encoder.logit_count(inputs_)),
      pool_(threads),
      workspaces_(static_cast<std::size_t>(threads)) {
  std::uint64_t state = 1;
  for (std::int32_t& id : ids_) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    id = static_cast<std::int32_t>((state >> 33) %
                                   static_cast<std::uint64_t>(encoder.config().vocab_size));
  }
}

double BenchLoad::pass() {
  const auto begin = std::chrono::steady_clock::now();
  encoder_.run(inputs_, pool_, workspaces_, logits_);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

PassTimes BenchLoad::measure(double seconds) {
  for (int i = 0; i < kWarmPasses; ++i) pass();
  PassTimes times;
  for (double total = 0; total < seconds * 1000 || times.ms.size() < kLeastPasses;) {
    times.ms.push_back(pass());
    total += times.ms.back();
  }
  std::sort(times.ms.begin(), times.ms.end());
  return times;
}

StageTimes BenchLoad::measure_stages(double seconds) {
  for (int i = 0; i < kWarmPasses; ++i) pass();
  StageTimes times{}, best{};
  workspaces_[0].times = &times;
  double least = std::numeric_limits<double>::infinity(), total = 0;
  for (std::size_t i = 0; i < kLeastPasses || total < seconds * 1000; ++i) {
    times = {};
    const double ms = pass();
    total += ms;
    if (ms < least) best = times;
    least = std::min(least, ms);
  }
  workspaces_[0].times = nullptr;
  return best;
}

}  // namespace bitcpp
