// The kernels for WebAssembly with SIMD128.
#include "kernels/kernel_table.h"
#include "kernels/kernel_tables.h"
#include "kernels/narrow_product.h"
#include "kernels/wasm/simd_wasm.h"

namespace bitcpp {
namespace {

constexpr int kTile = 2;  // as NEON, which is what ARM hosts make of it
using Multiply = NarrowProduct<WasmSimd, WasmMachine, kTile>;

}  // namespace

constinit const Kernels kSimd128Kernels =
    kernel_table<WasmSimd, Multiply, 2, 1>(Isa::kSimd128, Multiply::kBlock, Multiply::pack_matrix);

}  // namespace bitcpp
