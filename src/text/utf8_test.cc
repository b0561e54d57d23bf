#include "text/utf8.h"

#include <gtest/gtest.h>

#include <iterator>

#include "text/golden_strings.h"

namespace bitcpp {
namespace {

std::u32string decode(std::string_view text) {
  std::u32string points;
  for (std::size_t position = 0; position < text.size();) {
    const DecodedChar character = decode_utf8(text, position);
    points += character.point;
    position += character.length;
  }
  return points;
}

TEST(Utf8, EveryScalarValueSurvives) {
  for (char32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    char bytes[4];
    const std::string_view text(bytes, encode_utf8(point, bytes));
    ASSERT_EQ(decode(text), std::u32string(1, point))
        << std::hex << static_cast<std::uint32_t>(point);
  }
}

// The example of Unicode 15, table 3-8 and its neighbours.
TEST(Utf8, EachMaximalSubpartIsOneReplacement) {
  const std::u32string one(1, kReplacement);
  EXPECT_EQ(decode("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            one + one + one + one + one + one + one + one + U"A");
  EXPECT_EQ(decode("\xED\xA0\x80\x41"), one + one + one + U"A");
  EXPECT_EQ(decode("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            one + one + one + one + one + U"A" + one + one + U"B");
  EXPECT_EQ(decode("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), one + one + one + one + U"A");
  EXPECT_EQ(decode("\xE2\x82"), one);
}

// 20,000 strings against Python's bytes.decode("utf-8", "replace").
TEST(Utf8, BrokenBytesReadAsPythonReadsThem) {
  constexpr std::uint32_t kKinds[][2] = {{0x20, 0x7E}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF},
                                         {0xC0, 0xDF}, {0xE0, 0xEF}, {0xF0, 0xFF}, {0xE0, 0xE0},
                                         {0xED, 0xED}, {0xF0, 0xF0}, {0xF4, 0xF4}, {0x80, 0x8F},
                                         {0x90, 0x9F}, {0xA0, 0xBF}, {0x00, 0xFF}};
  GoldenRandom random(0xD1B54A32D192ED03);
  const auto blocks = golden_lines("invalid_utf8.txt");
  ASSERT_EQ(blocks.size(), 20u);
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    GoldenHash hash;
    for (int i = 0; i < 1000; ++i) {
      std::string text(1 + random.below(24), ' ');
      for (char& byte : text) {
        const auto& [first, last] = kKinds[random.below(std::size(kKinds))];
        byte = static_cast<char>(first + random.below(last - first + 1));
      }
      for (const char32_t point : decode(text)) hash.add(static_cast<std::uint32_t>(point));
      hash.add(0);
    }
    EXPECT_EQ(hash.value(), std::stoull(blocks[block], nullptr, 16)) << "block " << block;
  }
}

}  // namespace
}  // namespace bitcpp
