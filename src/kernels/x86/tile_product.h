// Products by AMX: bits spread to bytes, and an instruction for 16 rows x 16 outputs x 64 inputs.
//
// Codes go in as they are, whatever their planes, so two or four bits cost what one does. Weights
// keep the layout of counted_product.h and are spread anew by every product: 1 bit is read from
// memory and 8 are written to the first-level cache. The 64 inputs of a word go in an order in
// which that takes one instruction for 64 bytes: row r of a tile of weights has, of each output,
// bit r % 8 of the four bytes from byte 4 (r / 8) on.
#pragma once

#include <immintrin.h>

#include "kernels/bit_product.h"
#include "kernels/row_sums.h"
#include "kernels/x86/counted_product.h"
#include "kernels/x86/simd_avx512.h"
#include "kernels/x86/thread_bytes.h"

namespace bitcpp {
namespace {

constexpr int kTileRows = 16;     // most rows of codes in a tile, and outputs of a tile of weights
constexpr int kTileBytes = 1024;  // 16 rows of 64
constexpr int kTileChunk = 128;   // rows that share a spread panel of weights
constexpr int kPanel = 32;       // outputs of a panel: two column blocks, as four tiles of sums fit
constexpr int kPanelWords = 16;  // words of inputs spread at a time: 32 KB

/// Fewer rows times planes are counted: spreading the weights takes as long as counting 24 rows. So
/// are short rows, as attention's are, whose sums leave the tiles too soon.
constexpr int kFewPlaneRows = 24, kFewWords = 4;

[[gnu::always_inline]] constexpr int smaller(int a, int b) { return a < b ? a : b; }
[[gnu::always_inline]] constexpr int divide_up(int a, int b) { return (a + b - 1) / b; }

// Compilers know neither that tiles are read from memory nor that they are written to it.
[[gnu::always_inline]] inline void memory_barrier() { asm volatile("" ::: "memory"); }

/// The shapes of all tiles while in scope; without it a thread switch saves no tiles. Tiles of
/// codes (4, 5) and of sums (0 to 3) have `rows` rows, which is how many cycles their product
/// takes.
class TileScope {
 public:
  explicit TileScope(int rows) {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      std::uint8_t rows[16] = {};
    } shapes;
    for (int tile = 0; tile < 6; ++tile) shapes.rows[tile] = static_cast<std::uint8_t>(rows);
    shapes.rows[6] = shapes.rows[7] = 16;
    memory_barrier();
    _tile_loadconfig(&shapes);
  }
  ~TileScope() { _tile_release(); }
  TileScope(const TileScope&) = delete;
};

/// Bytes of a tile, as 16 lanes of four: lane r is bit r % 8 of each byte of dword r / 8 of `word`.
[[gnu::always_inline]] inline __m512i spread_word(std::uint64_t word) {
  const __m512i low = _mm512_set1_epi32(static_cast<int>(word));
  const __m512i lanes = _mm512_mask_set1_epi32(low, 0xFF00, static_cast<int>(word >> 32));
  const __m512i places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
  return _mm512_and_si512(_mm512_srlv_epi32(lanes, places), _mm512_set1_epi8(1));
}

/// Tiles of `height` rows of codes: [tiles][words][16][64]. Rows behind the last are left as they
/// are: nobody reads their sums.
[[gnu::always_inline]] inline void spread_codes(const CodeRows& codes, int height,
                                                std::uint8_t* to) {
  const std::size_t row_words = static_cast<std::size_t>(codes.planes) * codes.words;
  for (int m = 0; m < codes.rows; m += height) {
    const int rows = smaller(codes.rows - m, height);
    const std::uint64_t* highest = codes.row(m) + (codes.planes - 1) * codes.words;
    // A tile at a time: rows of one are side by side, those of the next 1024 bytes further.
    for (int k = 0; k < codes.words; ++k, ++highest, to += kTileBytes) {
      for (int r = 0; r < rows; ++r) {
        const std::uint64_t* word = highest + r * row_words;
        __m512i bytes = spread_word(*word);
        for (int p = codes.planes - 1; p > 0; --p) {
          word -= codes.words;
          bytes = _mm512_add_epi8(_mm512_add_epi8(bytes, bytes), spread_word(*word));
        }
        _mm512_store_si512(to + r * 64, bytes);
      }
    }
  }
}

/// Row R of a tile of weights: bit R of every byte of a dword for each output, by a matrix that has
/// that bit alone, in the row of bit 1. So sums are 2 A, without a doubling; as signs, of more
/// bits, the same products take 5 % longer (and more where the clock depends on power).
template <int R>
[[gnu::always_inline]] inline void spread_row(__m512i dwords, std::uint8_t* rows) {
  const __m512i bit = _mm512_set1_epi64(std::int64_t{1} << (48 + R));
  _mm512_store_si512(rows + R * 64, _mm512_gf2p8affine_epi64_epi8(dwords, bit, 0));
}

[[gnu::always_inline]] inline void spread_half_tile(__m512i dwords, std::uint8_t* rows) {
  spread_row<0>(dwords, rows);
  spread_row<1>(dwords, rows);
  spread_row<2>(dwords, rows);
  spread_row<3>(dwords, rows);
  spread_row<4>(dwords, rows);
  spread_row<5>(dwords, rows);
  spread_row<6>(dwords, rows);
  spread_row<7>(dwords, rows);
}

/// Tiles of the weights of a column block: [words][16][64], `stride` bytes from one to the next.
[[gnu::always_inline]] inline void spread_weights(const std::uint64_t* weights, int words,
                                                  std::uint8_t* tile, int stride) {
  const __m512i low = _mm512_setr_epi32(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
  const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(1));
  for (int k = 0; k < words; ++k, weights += kBlock, tile += stride) {
    const __m512i even = _mm512_loadu_si512(weights), odd = _mm512_loadu_si512(weights + 8);
    spread_half_tile(_mm512_permutex2var_epi32(even, low, odd), tile);
    spread_half_tile(_mm512_permutex2var_epi32(even, high, odd), tile + kTileBytes / 2);
  }
}

/// A product of up to kTileChunk rows, a panel of 32 outputs at a time.
///
/// A load of a tile waits until all stores before it are done, so any store between two tiles stops
/// the multiplications (200 cycles measured, of 768 for 768 inputs). So spreading the weights,
/// multiplying two tiles of rows and emitting their sums take turns. Codes are loaded as a stream,
/// past the first-level cache, where panel and sums then stay: 2.1 instead of 1.5 * 10^12
/// multiply-adds/s. The bits of the next panel are fetched during the first two tiles' product, as
/// most of a model lies beyond the second-level cache: a fourteenth of BERT-base's time with one
/// thread, an eighth with two.
template <class Epilogue>
class TileChunk {
 public:
  TileChunk(const Product& product, const Epilogue& epilogue, int first, int rows)
      : product_(product),
        epilogue_(epilogue),
        first_(first),
        rows_(rows),
        words_(product.codes.words),
        blocks_(divide_up(product.outputs, kBlock)),
        row_tiles_(divide_up(rows, kTileRows)),
        height_(divide_up(rows, row_tiles_)) {
    const auto tiles = 2 * kPanelWords + static_cast<std::size_t>(row_tiles_) * words_;
    panel_ = thread_bytes(tiles * kTileBytes);
    codes_ = panel_ + 2 * kPanelWords * kTileBytes;
    for (int k = 0; k < smaller(words_, kPanelWords); ++k) prefetch_word(word_at(0, k));
    const CodeRows codes = product.codes.slice(first, rows);
    row_sums_.add_up(codes, 0, rows);
    spread_codes(codes, height_, codes_);
  }

  void multiply() {
    const TileScope tiles(height_);
    int block = 0;
    for (; block + 2 <= blocks_; block += 2) multiply_panel<2>(block);
    if (block < blocks_) multiply_panel<1>(block);
  }

 private:
  /// The weights of a word of inputs and of column block `block`.
  [[gnu::always_inline]] const std::uint64_t* word_at(int block, int word) const {
    return product_.matrix + (static_cast<std::size_t>(block) * words_ + word) * kBlock;
  }

  /// Brings the same word's weights of two column blocks near. They may lie beyond the matrix,
  /// where nothing comes of it. Always inline: gcc 12 drops calls of functions that only prefetch.
  [[gnu::always_inline]] void prefetch_word(const std::uint64_t* weights) const {
    for (int b = 0; b < 2; ++b, weights += words_ * kBlock) {
      _mm_prefetch(weights, _MM_HINT_T0);
      _mm_prefetch(weights + kBlock / 2, _MM_HINT_T0);
    }
  }

  /// B column blocks from `block`.
  template <int B>
  void multiply_panel(int block) {
    const int most = divide_up(words_, divide_up(words_, kPanelWords));
    for (int word = 0; word < words_; word += most) {
      const int words = smaller(most, words_ - word);
      spread_weights(word_at(block, word), words, panel_, 2 * kTileBytes);
      if (B == 2)
        spread_weights(word_at(block + 1, word), words, panel_ + kTileBytes, 2 * kTileBytes);
      const bool more = word + words < words_;
      const std::uint64_t* next = more ? word_at(block, word + words) : word_at(block + B, 0);
      for (int tile = 0; tile < row_tiles_; tile += 2) {
        if (tile + 1 < row_tiles_) {
          multiply_tiles<2, B>(tile, word, words, next);
        } else {
          multiply_tiles<1, B>(tile, word, words, next);
        }
        next = nullptr;
        if (more) continue;
        for (int b = 0; b < B; ++b) emit(tile, b, (block + b) * kBlock);
      }
    }
  }

  /// R tiles of rows from `tile`, B of outputs: adds up `words` words of inputs from `word` on.
  /// Meanwhile the weights at `next`, if any, come near.
  template <int R, int B>
  [[gnu::always_inline]] void multiply_tiles(int tile, int word, int words,
                                             const std::uint64_t* next) {
    const std::uint8_t* weights = panel_;
    const std::uint8_t* codes =
        codes_ + (static_cast<std::size_t>(tile) * words_ + word) * kTileBytes;
    const std::uint8_t* second = codes + static_cast<std::size_t>(words_) * kTileBytes;
    std::int32_t *sums = sums_of(tile), *second_sums = sums + height_ * kPanel;
    memory_barrier();
    if (word == 0) {
      _tile_zero(0);
      if (B == 2) _tile_zero(1);
      if (R == 2) _tile_zero(2);
      if (R == 2 && B == 2) _tile_zero(3);
    } else {
      _tile_loadd(0, sums, kSumBytes);
      if (B == 2) _tile_loadd(1, sums + kBlock, kSumBytes);
      if (R == 2) _tile_loadd(2, second_sums, kSumBytes);
      if (R == 2 && B == 2) _tile_loadd(3, second_sums + kBlock, kSumBytes);
    }
    for (int k = 0; k < words; ++k) {
      if (next != nullptr) prefetch_word(next + k * kBlock);
      _tile_stream_loadd(4, codes, 64);
      _tile_loadd(6, weights, 64);
      _tile_dpbuud(0, 4, 6);
      if (B == 2) _tile_loadd(7, weights + kTileBytes, 64);
      if (B == 2) _tile_dpbuud(1, 4, 7);
      if (R == 2) _tile_stream_loadd(5, second, 64);
      if (R == 2) _tile_dpbuud(2, 5, 6);
      if (R == 2 && B == 2) _tile_dpbuud(3, 5, 7);
      codes += kTileBytes, second += kTileBytes, weights += 2 * kTileBytes;
    }
    _tile_stored(0, sums, kSumBytes);
    if (B == 2) _tile_stored(1, sums + kBlock, kSumBytes);
    if (R == 2) _tile_stored(2, second_sums, kSumBytes);
    if (R == 2 && B == 2) _tile_stored(3, second_sums + kBlock, kSumBytes);
    memory_barrier();
  }

  /// The sums of two tiles of rows and of column block `b` of the panel, whose first output is `o`.
  void emit(int tile, int b, int o) {
    const std::int32_t* sums = sums_of(tile) + b * kBlock;
    const int begin = tile * height_, end = smaller(rows_, begin + 2 * height_);
    // A copy, so that stores cannot be thought to change it.
    const auto column = epilogue_.column(o);
#pragma GCC unroll 4
    for (int r = begin; r < end; ++r, sums += kPanel) {
      const __m512i sum = _mm512_set1_epi32(row_sums_.whole[r]);
      column.emit(first_ + r, {_mm512_sub_epi32(_mm512_load_si512(sums), sum)});
    }
  }

  /// (2 * height, kPanel): in one place, which stays in the cache, where one part of the inputs is
  /// all of them.
  std::int32_t* sums_of(int tile) {
    return words_ > kPanelWords ? sums_ + tile * height_ * kPanel : sums_;
  }

  static constexpr int kSumBytes = kPanel * sizeof(std::int32_t);  // of a row

  const Product& product_;
  const Epilogue& epilogue_;
  const int first_, rows_, words_, blocks_, row_tiles_, height_;
  std::uint8_t *panel_, *codes_;
  RowSums<Avx512Simd, kTileChunk> row_sums_;
  alignas(64) std::int32_t sums_[kTileChunk * kPanel];
};

struct TileProduct {
  template <class Epilogue>
  static void run(const Product product, const Epilogue epilogue) {
    const CodeRows& codes = product.codes;
    const int rows = codes.rows;
    if (rows * codes.planes < kFewPlaneRows || codes.words < kFewWords)
      return CountedProduct::run(product, epilogue);
    const int most = divide_up(rows, divide_up(rows, kTileChunk));
    for (int m = 0; m < rows; m += most)
      TileChunk<Epilogue>(product, epilogue, m, smaller(rows - m, most)).multiply();
  }
};

}  // namespace
}  // namespace bitcpp
