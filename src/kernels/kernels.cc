#include "kernels/kernels.h"

#include <string>

#include "base/error.h"
#include "kernels/kernel_tables.h"

namespace bitcpp {

const Kernels& kernels_for(Isa isa) {
  if (!isa_supported(isa)) {
    throw Error(std::string("this machine cannot run ") + isa_name(isa) + " kernels");
  }
#ifdef BITCPP_X86_KERNELS
  if (isa == Isa::kAvx2) return kAvx2Kernels;
  if (isa == Isa::kAvx512) return kAvx512Kernels;
  if (isa == Isa::kAmx) return kAmxKernels;
#endif
#ifdef BITCPP_NEON_KERNELS
  if (isa == Isa::kNeon) return kNeonKernels;
#endif
#ifdef BITCPP_SIMD128_KERNELS
  if (isa == Isa::kSimd128) return kSimd128Kernels;
#endif
  return kScalarKernels;
}

const Kernels& kernels() {
  static const Kernels& chosen = kernels_for(selected_isa());
  return chosen;
}

}  // namespace bitcpp
