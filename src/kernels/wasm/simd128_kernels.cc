// The kernels for WebAssembly with SIMD128.
#include "kernels/byte_kernels.h"
#include "kernels/eight_bit_kernels.h"
#include "kernels/kernel_tables.h"
#include "kernels/lane_kernels.h"
#include "kernels/narrow_product.h"
#include "kernels/product_epilogue.h"
#include "kernels/wasm/simd_wasm.h"

namespace bitcpp {
namespace {

constexpr int kTile = 2;  // as NEON, which is what ARM hosts make of it
using Multiply = NarrowProduct<WasmSimd, WasmMachine, kTile>;

}  // namespace

const Kernels kSimd128Kernels = {
    .isa = Isa::kSimd128,
    .column_block = Multiply::kBlock,
    .pack_matrix = Multiply::pack_matrix,
    .product_integers = ProductKernels<WasmSimd, Multiply>::integers,
    .product_codes = ProductKernels<WasmSimd, Multiply>::codes,
    .product_scaled = ProductKernels<WasmSimd, Multiply>::scaled,
    .product_bytes = ProductKernels<WasmSimd, Multiply>::bytes,
    .float_codes = LaneKernels<WasmSimd>::float_codes,
    .integer_codes = LaneKernels<WasmSimd>::integer_codes,
    .layer_norm = LaneKernels<WasmSimd>::layer_norm,
    .dot = LaneKernels<WasmSimd>::dot,
    .embedding_row = LaneKernels<WasmSimd>::embedding_row,
    .binary_probabilities = ByteKernels<WasmSimd>::binary_probabilities,
    .zipped_rows = EightBitKernels<WasmSimd, 2, 1>::zipped_rows,
    .eight_bit_head = EightBitKernels<WasmSimd, 2, 1>::eight_bit_head,
};

}  // namespace bitcpp
