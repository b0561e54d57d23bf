// Codes as bit planes: the one form in which activations travel between matrices.
//
// A code c in [0, levels) stands for the integer step * c + offset and is kept as `planes` bits.
// Rows of codes are stored plane by plane: plane p of row m is `words` 64-bit words at data[(m *
// planes + p) * words], channel k in bit k % 64 of word k / 64. Bits past the last channel are
// zero; every kernel writes and expects that.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace bitcpp {

// always_inline below: these are called from files built for different instruction sets, and the
// linker keeps one copy of an inline function that was not inlined, whichever instructions it has.

/// More planes than any code has (256 levels).
inline constexpr int kMaxPlanes = 8;

/// What integers the codes of a quantizer stand for.
struct CodeScale {
  int levels = 2, step = 2, offset = -1;

  [[gnu::always_inline]] int planes() const {
    // std::bit_width, but never a call of its own.
    return 32 - __builtin_clz(static_cast<unsigned>(levels - 1));
  }
  int least() const { return offset; }
  int greatest() const { return step * (levels - 1) + offset; }
};

/// {-1,1}, {-1,0,1}, {-2..1}, ..., {-8..7}.
constexpr CodeScale signed_codes(int levels) {
  return levels == 2 ? CodeScale{2, 2, -1} : CodeScale{levels, 1, -(levels / 2)};
}
/// {0..levels-1}.
constexpr CodeScale unsigned_codes(int levels) { return {levels, 1, 0}; }

/// 64-bit words of one plane of `channels` codes.
[[gnu::always_inline]] constexpr int words_for(std::int64_t channels) {
  return static_cast<int>((channels + 63) / 64);
}

/// Rows of codes to read.
struct CodeRows {
  const std::uint64_t* data = nullptr;
  int rows = 0, planes = 1, words = 0;

  [[gnu::always_inline]] const std::uint64_t* row(int m) const {
    return data + static_cast<std::size_t>(m) * planes * words;
  }
  CodeRows slice(int first, int count) const { return {row(first), count, planes, words}; }
};

}  // namespace bitcpp
