#include "kernels/exact_math.h"

#include <bit>
#include <cstdint>
#include <limits>

namespace bitcpp {
namespace {

struct Reciprocals {
  double of_factorial[16];
};

constexpr Reciprocals make_reciprocals() {
  Reciprocals result{};
  double factorial = 1;
  for (int n = 0; n < 16; ++n) {
    if (n > 0) factorial *= n;
    result.of_factorial[n] = 1 / factorial;
  }
  return result;
}
constexpr Reciprocals kReciprocals = make_reciprocals();

/// exp(r) - 1 for |r| <= 0.35: the Taylor series, whose first dropped term is below 1e-17.
double small_expm1(double r) {
  double sum = kReciprocals.of_factorial[13];
  for (int n = 12; n >= 1; --n) sum = sum * r + kReciprocals.of_factorial[n];
  return sum * r;
}

/// 2^k for -1022 <= k <= 1023.
double power_of_two(int k) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

struct Reduced {
  int k;
  double r;  // x = k log 2 + r
};

/// For |x| <= 709.
Reduced reduce(double x) {
  constexpr double kLog2E = 1.4426950408889634;
  // log 2 in two parts; k times the first is exact.
  constexpr double kLog2High = 0.693147180369123816490, kLog2Low = 1.90821492927058770002e-10;
  const int k = static_cast<int>(x * kLog2E + (x < 0 ? -0.5 : 0.5));
  return {k, (x - k * kLog2High) - k * kLog2Low};
}

}  // namespace

double exact_exp(double x) {
  if (x != x) return x;
  if (x > 709) return std::numeric_limits<double>::infinity();
  if (x < -708) return 0;
  const Reduced reduced = reduce(x);
  return power_of_two(reduced.k) * (1 + small_expm1(reduced.r));
}

float exact_tanh(float x) {
  if (x != x) return x;
  if (x > 20) return 1;
  if (x < -20) return -1;
  // tanh(x) = e / (e + 2), e = exp(2x) - 1, which keeps every digit of a small x.
  const Reduced reduced = reduce(2.0 * x);
  const double power = power_of_two(reduced.k);
  const double e = power * small_expm1(reduced.r) + (power - 1);
  return static_cast<float>(e / (e + 2));
}

}  // namespace bitcpp
