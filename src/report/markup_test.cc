#include "report/markup.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace bitcpp {
namespace {

TEST(Markup, NothingOfATextBecomesATag) {
  EXPECT_EQ(escaped("<b a=\"x\" c='y'>&"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(escaped("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  // A byte alone, a character cut off, an overlong "/", a byte that UTF-8 has not.
  EXPECT_EQ(escaped("a\x80z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(escaped("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escaped("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escaped("\xFF"), "\xEF\xBF\xBD");
}

TEST(Markup, NumbersAreShort) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.9857142857), "0.9857");
  EXPECT_EQ(short_number(0.00123456), "0.001235");
  EXPECT_EQ(short_number(1234.56), "1235");
  EXPECT_EQ(short_number(100), "100");
  EXPECT_EQ(short_number(-2.5), "-2.5");
  EXPECT_EQ(short_number(2.5e-7), "2.5e-07");
  EXPECT_EQ(short_number(std::nan("")), "");
}

TEST(Markup, UnitsFollowTheSize) {
  EXPECT_EQ(percent(0.98571), "98.57 %");
  EXPECT_EQ(percent(std::nan("")), "");
  EXPECT_EQ(megabytes(3683284), "3.68 MB");
  EXPECT_EQ(megabytes(12000), "12.0 KB");
  EXPECT_EQ(duration(3.93), "3.9 \xC2\xB5s");
  EXPECT_EQ(duration(251.6), "0.25 ms");
  EXPECT_EQ(duration(2.5e6), "2.50 s");
}

TEST(Markup, EveryLineHasItsOwnColour) {
  for (std::size_t count : {1u, 5u, 12u, 24u}) {
    std::set<std::string> colours;
    for (std::size_t i = 0; i < count; ++i) colours.insert(line_colour(i, count));
    EXPECT_EQ(colours.size(), count);
  }
}

}  // namespace
}  // namespace bitcpp
