#include "kernels/bit_slices.h"

#include <gtest/gtest.h>

#include "kernels/kernels.h"
#include "kernels/random_rows.h"

namespace bitcpp {
namespace {

bool bit(const std::uint64_t* row, int i) { return row[i / 64] >> (i % 64) & 1; }

TEST(BitSlicesTest, SliceAndPlaceAreInverse) {
  TestRandom random(10);
  for (int count : {1, 26, 32, 63, 64, 65, 100, 130}) {
    const int channels = count * 5, words = words_for(channels);
    const TestCodes row(random, 1, channels, 2, Fill::kRandom, 0);
    std::vector<std::uint64_t> rebuilt(static_cast<std::size_t>(words));
    for (int first = 0; first < channels; first += count) {
      std::vector<std::uint64_t> slice(static_cast<std::size_t>(words_for(count)),
                                       ~std::uint64_t{0});
      slice_bits(row.storage.data(), words, first, count, slice.data());
      for (int i = 0; i < words_for(count) * 64; ++i) {
        ASSERT_EQ(bit(slice.data(), i), i < count && row.code(0, first + i) == 1)
            << count << " " << first << " " << i;
      }
      place_bits(slice.data(), first, count, rebuilt.data());
    }
    EXPECT_EQ(rebuilt, row.storage);
  }
}

class TransposeBitsTest : public testing::TestWithParam<Isa> {};

TEST_P(TransposeBitsTest, TransposesAndClearsTails) {
  TestRandom random(11);
  for (int rows : {1, 63, 64, 65, 130}) {
    for (int columns : {1, 26, 64, 100, 129}) {
      const TestCodes matrix(random, rows, columns, 2, Fill::kRandom, 0);
      std::vector<std::uint64_t> to(static_cast<std::size_t>(columns * words_for(rows)),
                                    ~std::uint64_t{0});
      transpose_bits(kernels_for(GetParam()), matrix.storage.data(), rows, columns, matrix.words,
                     to.data());
      for (int k = 0; k < columns; ++k) {
        for (int m = 0; m < words_for(rows) * 64; ++m) {
          ASSERT_EQ(bit(to.data() + k * words_for(rows), m), m < rows && matrix.code(m, k) == 1);
        }
      }
    }
  }
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, TransposeBitsTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
