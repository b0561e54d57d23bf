// Multiply-adds a second of the products of one-bit codes, thresholds and packing of the output
// included: a JSON line for each instruction set and shape. kernel_rates [SECONDS a number]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "kernels/bit_product.h"
#include "kernels/kernels.h"

namespace {

using namespace bitcpp;

struct Shape {
  int rows, outputs, inputs;
};
constexpr Shape kShapes[] = {{128, 768, 768},  {128, 3072, 768}, {128, 768, 3072},
                             {128, 1536, 384}, {128, 384, 1536}, {16, 384, 384},
                             {16, 1536, 384},  {16, 384, 1536},  {1, 768, 768}};

std::size_t size(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

template <class Call>
double fastest(double seconds, const Call& call) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity(), total = 0;
  for (int i = 0; i < 20 || total < seconds; ++i) {
    const auto begin = Clock::now();
    call();
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    total += took;
    best = std::min(best, took);
  }
  return best;
}

/// One product of random bits by one instruction set.
class Case {
 public:
  Case(const Kernels& kernels, const Shape& s, std::mt19937& random)
      : kernels_(kernels), s_(s), words_(words_for(s.inputs)) {
    std::vector<std::uint8_t> bits(size(s.outputs, s.inputs / 8));
    for (auto& each : bits) each = static_cast<std::uint8_t>(random());
    matrix_ = BitMatrix(kernels, s.outputs, s.inputs, bits);
    codes_.resize(size(s.rows, words_));
    for (auto& each : codes_) each = std::uint64_t{random()} << 32 | random();
    const std::vector<std::int32_t> values(static_cast<std::size_t>(s.outputs), 0);
    thresholds_ = make_code_thresholds(signed_codes(2), 2, s.outputs, values, matrix_.sign_sums());
    corrections_ = make_corrections(signed_codes(2), s.outputs, matrix_.sign_sums());
    out_codes_.resize(size(s.rows, words_for(s.outputs)));
    out_.resize(size(s.rows, s.outputs));
    scale_.resize(static_cast<std::size_t>(words_for(s.outputs)) * 64, 0.01f);
  }

  double codes_rate(double seconds) {
    return rate(seconds, [&] {
      kernels_.product_codes(product(), {2, thresholds_.data(), out_codes_.data()});
    });
  }
  double scaled_rate(double seconds) {
    return rate(seconds, [&] {
      kernels_.product_scaled(product(), {2, corrections_.data(), scale_.data(), scale_.data(),
                                          out_.data(), out_.data()});
    });
  }

 private:
  Product product() const {
    return {{codes_.data(), s_.rows, 1, words_}, matrix_.packed(), s_.outputs};
  }
  template <class Call>
  double rate(double seconds, const Call& call) const {
    return double{1} * s_.rows * s_.outputs * s_.inputs / fastest(seconds, call);
  }

  const Kernels& kernels_;
  Shape s_;
  int words_;
  BitMatrix matrix_;
  std::vector<std::uint64_t> codes_, out_codes_;
  AlignedVector<std::int32_t> thresholds_;
  ParityTable corrections_;
  std::vector<float> out_, scale_;
};

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 0.2;
  for (Isa isa : supported_isas()) {
    std::mt19937 random(1);
    for (const Shape& s : kShapes) {
      Case one(kernels_for(isa), s, random);
      nlohmann::ordered_json line;
      line["isa"] = isa_name(isa);
      line["rows"] = s.rows;
      line["outputs"] = s.outputs;
      line["inputs"] = s.inputs;
      line["codes_per_s"] = one.codes_rate(seconds);
      line["scaled_per_s"] = one.scaled_rate(seconds);
      std::cout << line.dump() << std::endl;
    }
  }
}
