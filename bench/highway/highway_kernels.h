// Two of our kernels written in Google Highway, to be measured beside ours (compare.cc).
#pragma once

#include "kernels/bit_product.h"
#include "kernels/layer_norm.h"

namespace bitcpp {

/// Functions of one of Highway's targets. The matrix lies as AVX-512's and NEON's does, [outputs /
/// 16] [words][16], outputs in order.
struct HighwayKernels {
  const char* name;
  /// n of unsigned codes, as Kernels::product_integers; one plane, outputs a multiple of 16.
  void (*product)(const Product& product, std::int32_t* out);
  /// As Kernels::layer_norm; hidden a multiple of 16.
  void (*layer_norm)(const LayerNorm& arguments);
};

/// Those of the best target that Highway has for `isa` (kAvx2 or kAvx512).
HighwayKernels highway_kernels(Isa isa);

}  // namespace bitcpp
