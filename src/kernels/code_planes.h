// From "reached threshold j" to the bit planes of a code.
#pragma once

#include "kernels/codes.h"

namespace bitcpp {

/// Builds the planes of many codes at once, one bit each in a Mask.
template <class Mask>
struct CodePlanes {
  Mask plane[kMaxPlanes] = {};

  /// `reached`: the codes whose value reaches threshold `j`, counted from 1. Bit p of a code c
  /// changes at the multiples of 2^p, so it is the parity of how many of them c reaches.
  [[gnu::always_inline]] void reach(int j, Mask reached) {
    plane[0] ^= reached;
    for (int p = 1; p < kMaxPlanes && j % (1 << p) == 0; ++p) plane[p] ^= reached;
  }
};

}  // namespace bitcpp
