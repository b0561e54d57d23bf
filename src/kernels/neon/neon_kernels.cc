// The kernels for NEON: every AArch64 CPU has it.
#include "kernels/byte_kernels.h"
#include "kernels/eight_bit_kernels.h"
#include "kernels/kernel_tables.h"
#include "kernels/lane_kernels.h"
#include "kernels/narrow_product.h"
#include "kernels/neon/simd_neon.h"
#include "kernels/product_epilogue.h"

namespace bitcpp {
namespace {

constexpr int kTile = 2;  // 16 of 32 registers count, one holds weights
using Multiply = NarrowProduct<NeonSimd, NeonMachine, kTile>;

}  // namespace

const Kernels kNeonKernels = {
    .isa = Isa::kNeon,
    .column_block = Multiply::kBlock,
    .pack_matrix = Multiply::pack_matrix,
    .product_integers = ProductKernels<NeonSimd, Multiply>::integers,
    .product_codes = ProductKernels<NeonSimd, Multiply>::codes,
    .product_scaled = ProductKernels<NeonSimd, Multiply>::scaled,
    .product_bytes = ProductKernels<NeonSimd, Multiply>::bytes,
    .float_codes = LaneKernels<NeonSimd>::float_codes,
    .integer_codes = LaneKernels<NeonSimd>::integer_codes,
    .layer_norm = LaneKernels<NeonSimd>::layer_norm,
    .dot = LaneKernels<NeonSimd>::dot,
    .embedding_row = LaneKernels<NeonSimd>::embedding_row,
    .binary_probabilities = ByteKernels<NeonSimd>::binary_probabilities,
    .zipped_rows = EightBitKernels<NeonSimd, 2, 1>::zipped_rows,
    .eight_bit_head = EightBitKernels<NeonSimd, 2, 1>::eight_bit_head,
};

}  // namespace bitcpp
