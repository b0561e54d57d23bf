// The kernels for AVX2: products by a table of 16 x 16 population counts, which beats counting
// where there is no instruction for it.
#include "kernels/kernel_table.h"
#include "kernels/kernel_tables.h"
#include "kernels/x86/simd_avx2.h"

namespace bitcpp {
namespace {

constexpr int kBlock = 32;  // outputs of a column block: one register of byte counters
constexpr int kTile = 4;    // rows that share two column blocks
constexpr int kChunk = 64;  // rows spread to nibbles at a time, at most
constexpr int kFlush = 30;  // bytes of a row before byte counters (8 per byte of weights) overflow
constexpr int kNibbles = 128 << 10;  // room for the nibbles of a chunk; the longest row fits

struct NibbleTable {
  // counts[a * 16 + w] = pop(a AND w)
  alignas(64) std::uint8_t counts[256];
};

constexpr NibbleTable make_table() {
  NibbleTable table{};
  for (int a = 0; a < 16; ++a) {
    for (int w = 0; w < 16; ++w) {
      const int both = a & w;
      table.counts[a * 16 + w] = static_cast<std::uint8_t>((both & 1) + (both >> 1 & 1) +
                                                           (both >> 2 & 1) + (both >> 3 & 1));
    }
  }
  return table;
}
constexpr NibbleTable kTable = make_table();

/// Layout: [outputs / 32][bytes of a row][32 outputs].
void pack_matrix(const std::uint64_t* rows, int outputs, int words, std::uint64_t* packed) {
  auto* to = reinterpret_cast<std::uint8_t*>(packed);
  for (int first = 0; first < outputs; first += kBlock) {
    for (int byte = 0; byte < words * 8; ++byte) {
      for (int o = first; o < first + kBlock; ++o) {
        const std::uint64_t word =
            o < outputs ? rows[static_cast<std::size_t>(o) * words + byte / 8] : 0;
        *to++ = static_cast<std::uint8_t>(word >> (byte % 8 * 8));
      }
    }
  }
}

/// Rows of codes as places in the table: two bytes (16 * nibble, low one first) for each byte of a
/// plane.
struct Chunk {
  int rows = 0, planes = 0, bytes = 0;
  std::int32_t half[kChunk], parity[kChunk];
  alignas(64) std::uint8_t nibbles[kNibbles];

  const std::uint8_t* plane(int row, int p) const {
    return nibbles + static_cast<std::size_t>(row * planes + p) * bytes * 2;
  }
};

void spread(const CodeRows& codes, int m, int rows, Chunk& chunk) {
  chunk.rows = rows;
  chunk.planes = codes.planes;
  chunk.bytes = codes.words * 8;
  std::uint8_t* to = chunk.nibbles;
  const __m128i high = _mm_set1_epi8(static_cast<char>(0xF0));
  for (int r = 0; r < rows; ++r) {
    const std::uint64_t* u = codes.row(m + r);
    std::int32_t sum = 0;
    for (int p = 0; p < codes.planes; ++p) {
      for (int k = 0; k < codes.words; ++k, ++u, to += 16) {
        sum += __builtin_popcountll(*u) << p;
        const __m128i word = _mm_cvtsi64_si128(static_cast<long long>(*u));
        const __m128i both = _mm_unpacklo_epi8(_mm_slli_epi16(word, 4), word);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_and_si128(both, high));
      }
    }
    chunk.half[r] = sum / 2;
    chunk.parity[r] = sum % 2;
  }
}

/// Table row at a nibble's place, in both halves of a register.
[[gnu::always_inline]] inline __m256i table_row(std::uint8_t place) {
  return _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(kTable.counts + place)));
}

template <int R, int B>
using ByteCounts = __m256i[R][B];

/// pop(u AND w) over bytes [from, to) of R rows and B column blocks.
template <int R, int B>
[[gnu::always_inline]] inline void count_bytes(const std::uint8_t* const (&u)[R],
                                               const std::uint8_t* w, std::size_t block_bytes,
                                               int from, int to, ByteCounts<R, B>& count) {
  const __m256i low = _mm256_set1_epi8(15);
#pragma GCC unroll 2
  for (int byte = from; byte < to; ++byte) {
    __m256i first[B], second[B];
    for (int b = 0; b < B; ++b) {
      const __m256i pair =
          Avx2Simd::load_register(w + b * block_bytes + static_cast<std::size_t>(byte) * kBlock);
      first[b] = _mm256_and_si256(pair, low);
      second[b] = _mm256_and_si256(_mm256_srli_epi16(pair, 4), low);
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const __m256i t = table_row(u[r][byte * 2]), s = table_row(u[r][byte * 2 + 1]);
#pragma GCC unroll 2
      for (int b = 0; b < B; ++b) {
        count[r][b] = _mm256_add_epi8(count[r][b], _mm256_shuffle_epi8(t, first[b]));
        count[r][b] = _mm256_add_epi8(count[r][b], _mm256_shuffle_epi8(s, second[b]));
      }
    }
  }
}

/// A tile's sums as 16-bit, then 32-bit integers, outputs in order.
template <int R, int B>
struct Tile {
  __m256i wide[R][B][2];
  alignas(32) std::int32_t sums[R][B * kBlock];

  [[gnu::always_inline]] void count_plane(const std::uint8_t* const (&u)[R], const std::uint8_t* w,
                                          int bytes) {
    for (auto& row : wide) {
      for (auto& block : row) block[0] = block[1] = _mm256_setzero_si256();
    }
    const std::size_t block_bytes = static_cast<std::size_t>(bytes) * kBlock;
    for (int from = 0; from < bytes; from += kFlush) {
      ByteCounts<R, B> count;
      for (auto& row : count) {
        for (__m256i& block : row) block = _mm256_setzero_si256();
      }
      const int to = bytes - from < kFlush ? bytes : from + kFlush;
      count_bytes<R, B>(u, w, block_bytes, from, to, count);
      for (int r = 0; r < R; ++r) {
        for (int b = 0; b < B; ++b) widen(count[r][b], wide[r][b]);
      }
    }
  }

  [[gnu::always_inline]] static void widen(__m256i bytes, __m256i (&words)[2]) {
    words[0] = _mm256_add_epi16(words[0], _mm256_cvtepu8_epi16(_mm256_castsi256_si128(bytes)));
    words[1] = _mm256_add_epi16(words[1], _mm256_cvtepu8_epi16(_mm256_extracti128_si256(bytes, 1)));
  }

  /// The 16 counts of a register of 16-bit ones.
  [[gnu::always_inline]] static Avx2Simd::Ints widen(__m256i words) {
    return {_mm256_cvtepu16_epi32(_mm256_castsi256_si128(words)),
            _mm256_cvtepu16_epi32(_mm256_extracti128_si256(words, 1))};
  }

  /// sums = 2 * sums + this plane.
  void add_plane() {
    for (int r = 0; r < R; ++r) {
      for (int i = 0; i < B * 2; ++i) {
        const auto before = Avx2Simd::shift_left(Avx2Simd::load(sums[r] + i * 16), 1);
        Avx2Simd::store(sums[r] + i * 16, Avx2Simd::add(before, widen(wide[r][i / 2][i % 2])), 16);
      }
    }
  }
};

struct Multiply {
  template <class Epilogue>
  static void run(const Product& product, const Epilogue& epilogue) {
    const CodeRows& codes = product.codes;
    const int fitting = kNibbles / (codes.planes * codes.words * 16);
    const int step = fitting < kChunk ? fitting : kChunk;
    Chunk chunk;
    for (int m = 0; m < codes.rows; m += step) {
      spread(codes, m, codes.rows - m < step ? codes.rows - m : step, chunk);
      const auto* w = reinterpret_cast<const std::uint8_t*>(product.matrix);
      const std::size_t block_bytes = static_cast<std::size_t>(chunk.bytes) * kBlock;
      int o = 0;
      for (; o + kBlock < product.outputs; o += 2 * kBlock) {
        blocks<2>(chunk, m, o, w + o / kBlock * block_bytes, epilogue);
      }
      if (o < product.outputs) blocks<1>(chunk, m, o, w + o / kBlock * block_bytes, epilogue);
    }
  }

  template <int B, class Epilogue>
  static void blocks(const Chunk& chunk, int m, int o, const std::uint8_t* w,
                     const Epilogue& epilogue) {
    int r = 0;
    for (; r + kTile <= chunk.rows; r += kTile) tile<kTile, B>(chunk, m, r, o, w, epilogue);
    if (chunk.rows - r == 3) tile<3, B>(chunk, m, r, o, w, epilogue);
    if (chunk.rows - r == 2) tile<2, B>(chunk, m, r, o, w, epilogue);
    if (chunk.rows - r == 1) tile<1, B>(chunk, m, r, o, w, epilogue);
  }

  template <int R, int B, class Epilogue>
  static void tile(const Chunk& chunk, int m, int first, int o, const std::uint8_t* w,
                   const Epilogue& epilogue) {
    Tile<R, B> tile;
    for (auto& row : tile.sums) {
      for (std::int32_t& sum : row) sum = 0;
    }
    for (int p = chunk.planes - 1; p >= 0; --p) {
      const std::uint8_t* u[R];
      for (int r = 0; r < R; ++r) u[r] = chunk.plane(first + r, p);
      tile.count_plane(u, w, chunk.bytes);
      if (p > 0 || chunk.planes > 1) tile.add_plane();
    }
    for (int r = 0; r < R; ++r) {
      const auto half = Avx2Simd::broadcast(-chunk.half[first + r]);
      for (int i = 0; i < B * 2; ++i) {
        const auto sum = chunk.planes > 1 ? Avx2Simd::load(tile.sums[r] + i * 16)
                                          : Tile<R, B>::widen(tile.wide[r][i / 2][i % 2]);
        epilogue.emit(m + first + r, o + i * 16, chunk.parity[first + r], Avx2Simd::add(sum, half));
      }
    }
  }
};

}  // namespace

constinit const Kernels kAvx2Kernels =
    kernel_table<Avx2Simd, Multiply, 4, 1>(Isa::kAvx2, kBlock, pack_matrix);

}  // namespace bitcpp
