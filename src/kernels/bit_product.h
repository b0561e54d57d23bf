// Products of codes with sign matrices, the heart of a 1-bit model.
//
//     n[m][o] = sum_k integer(code[m][k]) * w[o][k],   w in {-1, +1} (bit 1 is +1)
//
// From code c = sum_p 2^p u_p (bit planes) and integer = step * c + offset follows
//
//     A = sum_p 2^p pop(u_p AND w),   R = sum_p 2^p pop(u_p)           (pop: population count)
//     n = step * (2 A - R) + offset * S,   S = sum_k w[o][k]
//
// so AND + popcount is the only primitive. With r = floor(R / 2), b = R mod 2 a kernel keeps a = A
// - r, and whatever follows is a constant per output and parity b:
//
//     n >= t   <=>   a >= ceil((u + b) / 2),   u = ceil((t - offset * S) / step)
//     (CodeOutput::thresholds) n = 2 step a + (offset * S - step b) (*::corrections)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/codes.h"
#include "kernels/kernels.h"

namespace bitcpp {

/// Longest row of a matrix: what 16-bit counters of a popcount can hold.
inline constexpr int kMaxProductInputs = 65472;

/// A sign matrix (outputs, inputs) in the layout of one instruction set, which only its kernels
/// know.
class BitMatrix {
 public:
  BitMatrix() = default;
  /// `bits`: rows of ceil(inputs / 8) bytes, sign k in bit k % 8 of byte k / 8. Throws Error when
  /// inputs exceed kMaxProductInputs.
  BitMatrix(const Kernels& kernels, std::int64_t outputs, std::int64_t inputs,
            std::span<const std::uint8_t> bits);

  int outputs() const { return outputs_; }
  int inputs() const { return inputs_; }
  const std::uint64_t* packed() const { return packed_.data(); }
  /// Sum of each output's signs, (outputs).
  const std::vector<std::int32_t>& sign_sums() const { return sign_sums_; }

 private:
  int outputs_ = 0, inputs_ = 0;
  AlignedVector<std::uint64_t> packed_;
  std::vector<std::int32_t> sign_sums_;
};

/// Words that pack_matrix writes for a matrix of `outputs` rows of `words` words.
std::size_t packed_words(const Kernels& kernels, int outputs, int words);

/// What to multiply: codes (rows, words * 64) with a packed matrix (outputs, words * 64). Kernels
/// never read past the codes; matrix and outputs are padded to whole column blocks.
struct Product {
  CodeRows codes;
  const std::uint64_t* matrix = nullptr;
  int outputs = 0;
};

/// Constants per parity and output, (2, stride) with stride = outputs rounded up to 64.
using ParityTable = AlignedVector<std::int32_t>;

/// Where in wider rows the codes of a product go. Only for whole column blocks of outputs, as what
/// lies behind the last is overwritten.
struct CodePlace {
  int row_words = 0;  // of a plane of a row; 0: words_for(outputs), and all of them are overwritten
  int first = 0;      // the channel that is the first output, a multiple of 16
};

/// Where codes of n go. A code is the number of thresholds that n reaches.
struct CodeOutput {
  int levels = 2;
  const std::int32_t* thresholds = nullptr;  // (levels - 1, 2, stride), see make_code_thresholds
  std::uint64_t* codes = nullptr;            // (rows, planes of levels, words)
  CodePlace place = {};
};

/// scale * float(n) + bias (+ residual), each operation rounded.
struct ScaledOutput {
  int shift = 2;                                  // 2 * step of the input codes is 1 << shift
  const std::int32_t* corrections = nullptr;      // (2, stride), see make_corrections
  const float *scale = nullptr, *bias = nullptr;  // (stride), zeros behind outputs
  const float* residual = nullptr;                // (rows, outputs) or null
  float* out = nullptr;                           // (rows, outputs), may be residual
};

/// y = scale * float(n) + bias as above, then (y - zero) * inverse, at least -128 and at most 127,
/// to the nearest integer, ties to even, plus `offset`: 0 (signed bytes) or 128 (unsigned ones).
/// Each operation rounded to float.
struct ByteOutput {
  ScaledOutput y;               // without residual and out
  const float* zero = nullptr;  // (stride)
  float inverse = 1;
  int offset = 0;
  std::uint8_t* out = nullptr;  // row m begins at out + m * out_stride
  int out_stride = 0;
};

/// Thresholds on n, (levels - 1, outputs) with INT32_MIN "always" and INT32_MAX "never", in the
/// form kernels use. Outputs behind the last never reach theirs. `sign_sums` (outputs) may be empty
/// when input.offset is 0.
AlignedVector<std::int32_t> make_code_thresholds(const CodeScale& input, int levels, int outputs,
                                                 std::span<const std::int32_t> values,
                                                 std::span<const std::int32_t> sign_sums);

/// Corrections from a to n.
ParityTable make_corrections(const CodeScale& input, int outputs,
                             std::span<const std::int32_t> sign_sums);

// Kernels::pack_matrix:      rows (outputs, words) of plain bits -> packed
// Kernels::product_integers: out (rows, outputs) = 2 A - R, the n of unsigned codes
// Kernels::product_codes, product_scaled, product_bytes: as above

}  // namespace bitcpp
