// Codes of one row of integers.
#pragma once

#include <cstdint>

#include "kernels/codes.h"

namespace bitcpp {

/// code[k] = number of thresholds j with n[k] >= t, where t is thresholds[j * stride + k], or
/// thresholds[j] for all k when stride is 0.
struct IntegerCodes {
  int channels = 0;
  const std::int32_t* n = nullptr;  // (channels)
  int levels = 2;
  const std::int32_t* thresholds = nullptr;  // ascending in j
  int stride = 0;
  std::uint64_t* codes = nullptr;  // (planes of levels, words_for(channels)), overwritten
};

}  // namespace bitcpp
