// Windows, the tokens of an answer, and the best spans against a plain search over all of them.
#include "decode/answer_span.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>

#include "base/error.h"

namespace bitcpp {
namespace {

Tokenizer letters() {
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
  for (char c = 'a'; c <= 'z'; ++c) vocabulary += std::string(1, c) + "\n";
  return Tokenizer(vocabulary, {});
}

std::string spaced(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(i ? " " : "") + char('a' + i % 26);
  return text;
}

TEST(Windows, CoverTheContextWithOverlap) {
  const Tokenizer tokenizer = letters();
  const std::string context = spaced(50);
  const auto windows =
      question_windows(tokenizer, "w h o", context, {.max_length = 20, .stride = 4});
  // 20 tokens less [CLS], two [SEP] and three of the question: 14 of the context, 10 of them new.
  ASSERT_EQ(windows.size(), 5u);
  std::set<std::uint32_t> seen;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const QuestionWindow& window = windows[w];
    EXPECT_LE(window.encoding.ids.size(), 20u);
    EXPECT_EQ(window.encoding.ids.size(), window.encoding.offsets.size());
    EXPECT_EQ(window.context_begin, 5);
    EXPECT_EQ(window.encoding.type_ids[4], 0);
    EXPECT_EQ(window.encoding.type_ids[5], 1);
    EXPECT_EQ(window.encoding.type_ids.back(), 1);
    EXPECT_EQ(window.encoding.offsets[static_cast<std::size_t>(window.context_begin)].begin,
              20 * w);
    for (int i = window.context_begin; i < window.context_end; ++i)
      seen.insert(window.encoding.offsets[static_cast<std::size_t>(i)].begin);
  }
  EXPECT_EQ(seen.size(), 50u);
}

TEST(Windows, LongQuestionsAreCutAndShortLengthsRefused) {
  const auto windows = question_windows(letters(), spaced(90), spaced(10), {.max_length = 384});
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_TRUE(windows[0].encoding.truncated);
  EXPECT_EQ(windows[0].context_begin, 66);
  EXPECT_EQ(windows[0].context_end, 76);
  EXPECT_THROW(question_windows(letters(), "a", "b", {.max_length = 15}), Error);
  const auto empty = question_windows(letters(), "a", "", {});
  ASSERT_EQ(empty.size(), 1u);
  EXPECT_EQ(empty[0].context_begin, empty[0].context_end);
}

TEST(AnswerTokens, AreThoseThatHoldItsBytes) {
  const auto windows = question_windows(letters(), "w", "a b c d e f g h i j k l m n",
                                        {.max_length = 16, .stride = 2});
  ASSERT_GE(windows.size(), 2u);
  const TokenSpan span = answer_tokens(windows[0], 2, 5);  // "b c"
  EXPECT_EQ(span.start, 4);
  EXPECT_EQ(span.end, 5);
  EXPECT_EQ(answer_tokens(windows[1], 2, 5).start, 0);  // not in this window: [CLS]
  EXPECT_EQ(answer_tokens(windows[1], 2, 5).end, 0);
}

using Logits = std::vector<std::vector<float>>;

Logits random_logits(const std::vector<QuestionWindow>& windows, std::mt19937& random) {
  Logits logits;
  for (const QuestionWindow& window : windows) {
    auto& values = logits.emplace_back();
    for (std::size_t i = 0; i < 2 * window.encoding.ids.size(); ++i)
      values.push_back(static_cast<float>(static_cast<int>(random() % 17) - 8));  // with ties
  }
  return logits;
}

TEST(BestSpans, AreThoseOfASearchOverAll) {
  std::mt19937 random(3);
  const auto windows =
      question_windows(letters(), "w h o", spaced(40), {.max_length = 24, .stride = 6});
  for (int round = 0; round < 20; ++round) {
    const Logits logits = random_logits(windows, random);
    std::map<std::pair<std::uint32_t, std::uint32_t>, float> all;
    for (std::size_t w = 0; w < windows.size(); ++w)
      for (int s = windows[w].context_begin; s < windows[w].context_end; ++s)
        for (int e = s; e < std::min(windows[w].context_end, s + 5); ++e) {
          const auto& offsets = windows[w].encoding.offsets;
          const float logit = logits[w][2 * static_cast<std::size_t>(s)] +
                              logits[w][2 * static_cast<std::size_t>(e) + 1];
          auto& best = all.try_emplace({offsets[s].begin, offsets[e].end}, logit).first->second;
          best = std::max(best, logit);
        }
    std::vector<std::pair<float, std::pair<std::uint32_t, std::uint32_t>>> sorted;
    for (const auto& [range, logit] : all) sorted.push_back({-logit, range});
    std::sort(sorted.begin(), sorted.end());
    const std::vector<std::span<const float>> views(logits.begin(), logits.end());
    const auto best = best_spans(windows, views, {.best = 7, .max_answer_tokens = 5});
    ASSERT_EQ(best.size(), 7u);
    double sum = 0;
    for (std::size_t i = 0; i < best.size(); ++i) {
      EXPECT_EQ(best[i].logit, -sorted[i].first);
      EXPECT_EQ(best[i].begin, sorted[i].second.first);
      EXPECT_EQ(best[i].end, sorted[i].second.second);
      sum += best[i].probability;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_NEAR(best[1].probability / best[0].probability,
                std::exp(double{best[1].logit} - best[0].logit), 1e-9);
  }
}

TEST(BestSpans, AContextWithoutTokensHasNoAnswer) {
  const auto windows = question_windows(letters(), "a", " ", {});
  const std::vector<float> logits(2 * windows[0].encoding.ids.size());
  const std::vector<std::span<const float>> views = {logits};
  EXPECT_TRUE(best_spans(windows, views).empty());
}

}  // namespace
}  // namespace bitcpp
