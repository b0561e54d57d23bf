// Codes of float rows: the residual stream on its way into a matrix.
#pragma once

#include <cstdint>

#include "kernels/codes.h"

namespace bitcpp {

/// code[m][k] = number of thresholds t[j][k] with x[m][k] >= t[j][k].
struct FloatCodes {
  int rows = 0, channels = 0;
  const float* x = nullptr;  // (rows, channels)
  int levels = 2;
  const float* thresholds = nullptr;  // (levels - 1, channels), ascending along the first dimension
  std::uint64_t* codes = nullptr;     // (rows, planes of levels, words_for(channels)), overwritten
};

}  // namespace bitcpp
