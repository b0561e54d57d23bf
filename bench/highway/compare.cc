// Prints a table: our product and LayerNorm beside the same in Highway, after checking that both
// give the same bits.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "highway_kernels.h"

namespace bitcpp {
namespace {

constexpr double kSeconds = 0.5;  // for each number

/// Seconds of the fastest of many calls.
template <class Work>
double fastest(Work work) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (const auto end = Clock::now() + std::chrono::duration<double>(kSeconds);
       Clock::now() < end;) {
    const auto begin = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

template <class T>
void expect_equal(const std::vector<T>& a, const std::vector<T>& b) {
  if (a == b) return;
  std::fprintf(stderr, "the results differ\n");
  std::exit(1);
}

void compare_products(Isa isa, int rows, int outputs, int inputs) {
  std::mt19937_64 random(1);
  std::vector<std::uint8_t> signs(static_cast<std::size_t>(outputs) * inputs / 8);
  for (std::uint8_t& byte : signs) byte = static_cast<std::uint8_t>(random());
  const int words = words_for(inputs);
  std::vector<std::uint64_t> codes(static_cast<std::size_t>(rows) * words);
  for (std::uint64_t& word : codes) word = random();
  const Kernels& ours = kernels_for(isa);
  const HighwayKernels theirs = highway_kernels(isa);
  const BitMatrix matrix(ours, outputs, inputs, signs);
  AlignedVector<std::uint64_t> plain(static_cast<std::size_t>(outputs) * words);
  for (int o = 0; o < outputs; ++o) {
    for (int k = 0; k < words; ++k) {
      std::uint64_t word = 0;
      for (int b = 7; b >= 0; --b)
        word = word << 8 | signs[(static_cast<std::size_t>(o) * words + k) * 8 + b];
      plain[(static_cast<std::size_t>(o / 16) * words + k) * 16 + o % 16] = word;
    }
  }
  const CodeRows view{codes.data(), rows, 1, words};
  std::vector<std::int32_t> a(static_cast<std::size_t>(rows) * outputs), b(a.size());
  const double our_time = fastest([&] {
    ours.product_integers({view, matrix.packed(), outputs}, a.data());
  });
  const double their_time = fastest([&] {
    theirs.product({view, plain.data(), outputs}, b.data());
  });
  expect_equal(a, b);
  const double work = 1e-12 * rows * outputs * inputs;
  std::printf("| product %d %d %d | %s | %.2f T/s | %.2f T/s | %.2f |\n", rows, outputs, inputs,
              isa_name(isa), work / our_time, work / their_time, their_time / our_time);
}

void compare_layer_norms(Isa isa, int rows, int hidden) {
  std::mt19937 random(2);
  const auto numbers = [&](std::size_t count) {
    std::vector<float> v(count);
    for (float& x : v) x = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
    return v;
  };
  const auto channels = static_cast<std::size_t>(hidden);
  const std::vector<float> v = numbers(static_cast<std::size_t>(rows) * channels),
                           weight = numbers(channels), bias = numbers(channels);
  std::vector<float> a(v.size()), b(v.size());
  const auto arguments = [&](std::vector<float>& out) {
    return LayerNorm{rows, hidden, v.data(), weight.data(), bias.data(), 1e-12f, out.data()};
  };
  const Kernels& ours = kernels_for(isa);
  const HighwayKernels theirs = highway_kernels(isa);
  const double our_time = fastest([&] { ours.layer_norm(arguments(a)); });
  const double their_time = fastest([&] { theirs.layer_norm(arguments(b)); });
  expect_equal(a, b);
  std::printf("| LayerNorm %d %d | %s | %.2f us | %.2f us | %.2f |\n", rows, hidden, isa_name(isa),
              our_time * 1e6, their_time * 1e6, their_time / our_time);
}

}  // namespace
}  // namespace bitcpp

int main() {
  using namespace bitcpp;
  std::printf("%s\n| | | ours | Highway | times as long |\n|---|---|---|---|---|\n",
              cpu_name().c_str());
  for (Isa isa : {Isa::kAvx512, Isa::kAvx2}) {
    if (!isa_supported(isa)) continue;
    compare_products(isa, 128, 768, 768);
    compare_products(isa, 128, 768, 3072);
    compare_products(isa, 16, 384, 384);
    compare_layer_norms(isa, 128, 768);
    compare_layer_norms(isa, 16, 384);
  }
}
