// The kernels for NEON: every AArch64 CPU has it.
#include "kernels/kernel_table.h"
#include "kernels/kernel_tables.h"
#include "kernels/narrow_product.h"
#include "kernels/neon/simd_neon.h"

namespace bitcpp {
namespace {

constexpr int kTile = 2;  // 16 of 32 registers count, one holds weights
using Multiply = NarrowProduct<NeonSimd, NeonMachine, kTile>;

}  // namespace

constinit const Kernels kNeonKernels =
    kernel_table<NeonSimd, Multiply, 2, 1>(Isa::kNeon, Multiply::kBlock, Multiply::pack_matrix);

}  // namespace bitcpp
