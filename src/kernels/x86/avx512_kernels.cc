// The kernels for AVX-512 with VPOPCNTDQ, and the same with AMX, which differ in their products.
#include "kernels/byte_kernels.h"
#include "kernels/eight_bit_kernels.h"
#include "kernels/kernel_tables.h"
#include "kernels/lane_kernels.h"
#include "kernels/product_epilogue.h"
#include "kernels/x86/counted_product.h"
#include "kernels/x86/sliced_attention.h"
#include "kernels/x86/tile_product.h"

namespace bitcpp {
namespace {

void binary_probabilities(const BinaryAttention& a) {
  if (a.head_size <= 32) return SlicedAttention<32>(a).run();
  if (a.head_size <= 64) return SlicedAttention<64>(a).run();
  ByteKernels<Avx512Simd>::binary_probabilities(a);
}

template <class Multiply>
constexpr Kernels table(Isa isa) {
  using Products = ProductKernels<Avx512Simd, Multiply>;
  return {
      .isa = isa,
      .column_block = kBlock,
      .pack_matrix = pack_matrix,
      .product_integers = Products::integers,
      .product_codes = Products::codes,
      .product_scaled = Products::scaled,
      .product_bytes = Products::bytes,
      .float_codes = LaneKernels<Avx512Simd>::float_codes,
      .integer_codes = LaneKernels<Avx512Simd>::integer_codes,
      .layer_norm = LaneKernels<Avx512Simd>::layer_norm,
      .dot = LaneKernels<Avx512Simd>::dot,
      .embedding_row = LaneKernels<Avx512Simd>::embedding_row,
      .binary_probabilities = binary_probabilities,
      .zipped_rows = EightBitKernels<Avx512Simd, 8, 2>::zipped_rows,
      .eight_bit_head = EightBitKernels<Avx512Simd, 8, 2>::eight_bit_head,
  };
}

}  // namespace

const Kernels kAvx512Kernels = table<CountedProduct>(Isa::kAvx512);
const Kernels kAmxKernels = table<TileProduct>(Isa::kAmx);

}  // namespace bitcpp
