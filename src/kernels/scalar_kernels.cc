// The kernels in plain C++: what the others have to equal, and what runs where they cannot.
#include <bit>

#include "kernels/kernel_table.h"
#include "kernels/kernel_tables.h"
#include "kernels/simd_scalar.h"

namespace bitcpp {
namespace {

constexpr int kBlock = 16;

/// Layout: the rows as they are, with zero rows up to a multiple of kBlock.
void pack_matrix(const std::uint64_t* rows, int outputs, int words, std::uint64_t* packed) {
  const std::size_t given = static_cast<std::size_t>(outputs) * words;
  const std::size_t all =
      static_cast<std::size_t>((outputs + kBlock - 1) / kBlock * kBlock) * words;
  for (std::size_t i = 0; i < all; ++i) packed[i] = i < given ? rows[i] : 0;
}

/// sum_p 2^p pop(u_p AND w); with w null, of u_p alone.
std::int32_t weighted_count(const std::uint64_t* u, int planes, int words, const std::uint64_t* w) {
  std::int32_t count = 0;
  for (int p = 0; p < planes; ++p, u += words) {
    for (int k = 0; k < words; ++k) count += std::popcount(w ? u[k] & w[k] : u[k]) << p;
  }
  return count;
}

struct Multiply {
  template <class Epilogue>
  static void run(const Product& product, const Epilogue& epilogue) {
    const CodeRows& codes = product.codes;
    for (int m = 0; m < codes.rows; ++m) {
      const std::uint64_t* u = codes.row(m);
      const std::int32_t sum = weighted_count(u, codes.planes, codes.words, nullptr);
      for (int o = 0; o < product.outputs; o += kBlock) {
        ScalarSimd::Ints a;
        for (int i = 0; i < kBlock; ++i) {
          const std::uint64_t* w = product.matrix + static_cast<std::size_t>(o + i) * codes.words;
          a.lane[i] = weighted_count(u, codes.planes, codes.words, w) - sum / 2;
        }
        epilogue.emit(m, o, sum % 2, a);
      }
    }
  }
};

}  // namespace

constinit const Kernels kScalarKernels =
    kernel_table<ScalarSimd, Multiply, 1, 1>(Isa::kScalar, kBlock, pack_matrix);

}  // namespace bitcpp
