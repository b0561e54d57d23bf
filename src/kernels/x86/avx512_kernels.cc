// The kernels for AVX-512 with VPOPCNTDQ, and the same with AMX, which differ in their products.
#include "kernels/kernel_table.h"
#include "kernels/kernel_tables.h"
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

void binary_head(const BinaryAttention& a, const BinaryContext& context) {
  if (a.head_size <= 32) return SlicedAttention<32>(a).run(context);
  SlicedAttention<64>(a).run(context);
}

template <class Multiply>
constexpr Kernels table(Isa isa) {
  Kernels kernels = kernel_table<Avx512Simd, Multiply, 8, 2>(isa, kBlock, pack_matrix);
  kernels.transpose_square = transpose_square_by_affine;
  kernels.binary_probabilities = binary_probabilities;
  kernels.binary_head = binary_head;
  return kernels;
}

}  // namespace

constinit const Kernels kAvx512Kernels = table<CountedProduct>(Isa::kAvx512);
constinit const Kernels kAmxKernels = table<TileProduct>(Isa::kAmx);

}  // namespace bitcpp
