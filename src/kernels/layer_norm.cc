#include "kernels/layer_norm.h"

#include "kernels/kernels.h"

namespace bitcpp {

void layer_norm(std::int64_t rows, int hidden, const float* v, const float* weight,
                const float* bias, float eps, float* out) {
  kernels().layer_norm({rows, hidden, v, weight, bias, eps, out});
}

float dot(std::span<const float> a, std::span<const float> b) {
  return kernels().dot(static_cast<int>(a.size()), a.data(), b.data());
}

}  // namespace bitcpp
