#include "kernels/cpu.h"

#include <cstdlib>
#include <fstream>

#include "base/error.h"

#if defined(BITCPP_X86_KERNELS) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace bitcpp {
namespace {

constexpr Isa kAll[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvx512,
                        Isa::kAmx,    Isa::kNeon, Isa::kSimd128};

std::string listed(const std::vector<Isa>& isas) {
  std::string text;
  for (Isa isa : isas) text += (text.empty() ? "" : ", ") + std::string(isa_name(isa));
  return text;
}

#if defined(BITCPP_X86_KERNELS) && defined(__linux__)
/// Whether the CPU has AMX-INT8 and Linux lets this process use it (5.16 and later, once asked:
/// tile registers make a thread's saved state 8 KB longer).
bool ask_for_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kTile = 1u << 24, kInt8 = 1u << 25;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  if ((d & kTile) == 0 || (d & kInt8) == 0) return false;
  constexpr int kRequestPermission = 0x1023,
                kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#elif defined(BITCPP_X86_KERNELS)
bool ask_for_amx() { return false; }
#endif

}  // namespace

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAmx:
      return "amx";
    case Isa::kNeon:
      return "neon";
    case Isa::kSimd128:
      return "simd128";
    default:
      return "scalar";
  }
}

bool isa_supported(Isa isa) {
#ifdef BITCPP_X86_KERNELS
  if (isa == Isa::kAvx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  }
  if (isa == Isa::kAvx512) {
    return isa_supported(Isa::kAvx2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq") &&
           __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("gfni");
  }
  if (isa == Isa::kAmx) {
    static const bool granted = isa_supported(Isa::kAvx512) && ask_for_amx();
    return granted;
  }
#endif
#ifdef BITCPP_NEON_KERNELS
  if (isa == Isa::kNeon) return true;
#endif
#ifdef BITCPP_SIMD128_KERNELS
  if (isa == Isa::kSimd128) return true;
#endif
  return isa == Isa::kScalar;
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> result;
  for (Isa isa : kAll) {
    if (isa_supported(isa)) result.push_back(isa);
  }
  return result;
}

Isa isa_from_name(std::string_view name) {
  const std::vector<Isa> supported = supported_isas();
  if (name.empty()) return supported.back();
  for (Isa isa : kAll) {
    if (name != isa_name(isa)) continue;
    if (isa_supported(isa)) return isa;
    throw Error("BIT_CPU=" + std::string(name) + ": this machine supports " + listed(supported));
  }
  throw Error("BIT_CPU=" + std::string(name) + ": unknown instruction set, expected one of " +
              listed({std::begin(kAll), std::end(kAll)}));
}

Isa selected_isa() {
  const char* name = std::getenv("BIT_CPU");
  return isa_from_name(name == nullptr ? "" : name);
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
}

}  // namespace bitcpp
