// Which instruction set the kernels use: the best this machine has, or the one BIT_CPU names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// In rising order of speed on each machine. kAvx512 needs F, BW, DQ, VL, VPOPCNTDQ, BITALG,
/// VBMI and GFNI (Intel Ice Lake, AMD Zen 4), kAmx those and AMX-INT8 (Intel Sapphire Rapids);
/// every AArch64 CPU has kNeon; kSimd128 is WebAssembly's.
enum class Isa { kScalar, kAvx2, kAvx512, kAmx, kNeon, kSimd128 };

/// "scalar", "avx2", "avx512", "amx", "neon", "simd128".
const char* isa_name(Isa isa);

/// Whether this build has kernels for `isa` and this CPU can run them. Asks the operating system
/// for the registers of AMX where the CPU has them.
bool isa_supported(Isa isa);

/// Every supported one, kScalar first.
std::vector<Isa> supported_isas();

/// The best supported one when `name` is empty, else the one named. Throws Error for an unknown
/// name or one that this machine does not support.
Isa isa_from_name(std::string_view name);

/// isa_from_name of the environment variable BIT_CPU.
Isa selected_isa();

/// Name of the CPU as the machine gives it, for reports ("unknown" where it gives none).
std::string cpu_name();

}  // namespace bitcpp
