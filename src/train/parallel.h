// Loops over the cores for the fused CPU functions. Work is cut into blocks whose bounds do not
// depend on the number of threads, so that sums over blocks do not either.
#pragma once

#include <algorithm>
#include <cstdint>

namespace bitcpp::fused {

/// Calls body(begin, end) for consecutive blocks of [0, count), each `block` long but the last, on
/// all threads.
template <typename Body>
void parallel_blocks(std::int64_t count, std::int64_t block, const Body& body) {
  const std::int64_t blocks = (count + block - 1) / block;
#pragma omp parallel for schedule(static) if (blocks > 1)
  for (std::int64_t i = 0; i < blocks; ++i) body(i * block, std::min(count, (i + 1) * block));
}

}  // namespace bitcpp::fused

// One body of C++, compiled for each instruction set and chosen when the program loads.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define BITCPP_FOR_EACH_CPU __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define BITCPP_FOR_EACH_CPU
#endif
