// The table of each instruction set, for kernels.cc alone.
#pragma once

#include "kernels/kernels.h"

namespace bitcpp {

extern const Kernels kScalarKernels;
#ifdef BITCPP_X86_KERNELS
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
extern const Kernels kAmxKernels;
#endif
#ifdef BITCPP_NEON_KERNELS
extern const Kernels kNeonKernels;
#endif
#ifdef BITCPP_SIMD128_KERNELS
extern const Kernels kSimd128Kernels;
#endif

}  // namespace bitcpp
