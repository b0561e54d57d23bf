#include <gtest/gtest.h>

#include "data/data_test_support.h"
#include "data/number.h"

namespace bitcpp {
namespace {

Dataset with_labels(const std::vector<std::string>& labels) {
  Dataset data{"x.tsv", {}, false, true};
  for (const std::string& label : labels)
    data.examples.push_back({"a", "", label, data.examples.size() + 2});
  return data;
}

TEST(Number, FiniteDecimalsOnly) {
  EXPECT_EQ(parse_number("3"), 3.0);
  EXPECT_EQ(parse_number(" -0.5 "), -0.5);
  EXPECT_EQ(parse_number("+1e3"), 1000.0);
  for (const char* bad :
       {"", " ", "3a", "a", "inf", "nan", "1e999", "0x10", "+-1", "++1", "1,5", "1 2"})
    EXPECT_FALSE(parse_number(bad).has_value()) << bad;
}

TEST(LabelMap, NumbersSortAsNumbersAndWordsBytewise) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(LabelMap::from(with_labels({"10", "9", "-1", "9"})).names(), (Names{"-1", "9", "10"}));
  EXPECT_EQ(LabelMap::from(with_labels({"b", "B", "\xC3\xA4", "a"})).names(),
            (Names{"B", "a", "b", "\xC3\xA4"}));
  EXPECT_EQ(LabelMap::from(with_labels({"x", "2", "1.0", "1"})).names(),
            (Names{"1", "1.0", "2", "x"}));
}

TEST(LabelMap, Index) {
  const Dataset data = with_labels({"no", "yes", "maybe\n"});
  const LabelMap labels({"yes", "no"});
  EXPECT_EQ(labels.index(data, data.examples[0]), 1);
  EXPECT_EQ(labels.index(data, data.examples[1]), 0);
  expect_error([&] { labels.index(data, data.examples[2]); },
               "x.tsv:4: unknown label \"maybe\\x0A\", expected one of \"yes\", \"no\"");
  expect_error([] { LabelMap({"a", "b", "a"}); }, "\"a\" twice");
}

TEST(LabelMap, LongListsAreCut) {
  std::vector<std::string> names;
  for (int i = 0; i < 77; ++i) names.push_back("label" + std::to_string(i));
  const Dataset data = with_labels({std::string(1000, 'x')});
  expect_error([&] { LabelMap(names).index(data, data.examples[0]); }, "and 57 more");
}

TEST(GuessTask, FractionsMeanRegression) {
  EXPECT_EQ(guess_task(with_labels({"0", "1", "1"})), TaskKind::kClassification);
  EXPECT_EQ(guess_task(with_labels({"0", "5", "2.75"})), TaskKind::kRegression);
  EXPECT_EQ(guess_task(with_labels({"0.0", "1.0"})), TaskKind::kClassification);
  EXPECT_EQ(guess_task(with_labels({"1.5", "2.0", "beta"})), TaskKind::kClassification);
  expect_error([] { guess_task(with_labels({"a", "a"})); }, "x.tsv: expected at least two");
  Dataset unlabelled = with_labels({"a"});
  unlabelled.has_label = false;
  expect_error([&] { guess_task(unlabelled); }, "x.tsv: expected a label column");
}

TEST(NumericLabel, NamesTheLine) {
  const Dataset data = with_labels({"3.800", "high"});
  EXPECT_DOUBLE_EQ(numeric_label(data, data.examples[0]), 3.8);
  expect_error([&] { numeric_label(data, data.examples[1]); },
               "x.tsv:3: expected a number as label, found \"high\"");
}

}  // namespace
}  // namespace bitcpp
