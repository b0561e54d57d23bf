#include "kernels/cpu.h"

#include <cstdlib>
#include <fstream>

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr Isa kAll[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvx512, Isa::kNeon, Isa::kSimd128};

std::string listed(const std::vector<Isa>& isas) {
  std::string text;
  for (Isa isa : isas) text += (text.empty() ? "" : ", ") + std::string(isa_name(isa));
  return text;
}

}  // namespace

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
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
