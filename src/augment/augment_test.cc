// Words, candidates and copies, on the small BERT of tests/golden/masked_lm, whose logits
// transformers computed (tests/golden/make_masked_lm_golden.py).
#include "augment/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "train/folder.h"
#include "train/libtorch.h"
#include "train/tiny_task.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = BITCPP_SOURCE_DIR "/tests/golden/masked_lm";

nlohmann::json expected() { return nlohmann::json::parse(read_file(kModel / "expected.json")); }

std::vector<std::string> written(const std::string& text, const Words& words) {
  std::vector<std::string> result;
  for (const Word& word : words.replaceable)
    result.push_back(text.substr(word.place.begin, word.place.end - word.place.begin));
  return result;
}

TEST(Words, ThoseThatSaySomethingAreReplaceable) {
  const Tokenizer tokenizer = Tokenizer::from_folder(kModel);
  const std::string text = "The BAN fets, 9 zzz. bips!";
  const Words words = words_of(text, tokenizer, 100);
  EXPECT_EQ(written(text, words), (std::vector<std::string>{"BAN", "fets", "bips"}));
  EXPECT_EQ(words.replaceable[0].pieces, 1u);
  EXPECT_EQ(words.replaceable[1].pieces, 2u);
  EXPECT_EQ(words.replaceable[1].first, 2u);
  // A word that the limit cuts is left alone.
  EXPECT_EQ(written(text, words_of(text, tokenizer, 3)), (std::vector<std::string>{"BAN"}));
  EXPECT_EQ(words_of(text, tokenizer, 3).ids.size(), 3u);
}

TEST(MaskedLm, LogitsAreThoseOfTransformers) {
  MaskedLm model(kModel, torch::kCPU);
  for (const nlohmann::json& text : expected()) {
    const EncodedText encoded{text["ids"].get<std::vector<std::int32_t>>(),
                              text["types"].get<std::vector<std::uint8_t>>()};
    const EncodedText* pointer = &encoded;
    const torch::Tensor logits =
        model.logits(make_batch({&pointer, 1}, torch::kCPU),
                     torch::tensor({text["masked"].get<std::int64_t>()}, torch::kInt64));
    const torch::Tensor golden = torch::tensor(text["logits"].get<std::vector<float>>());
    EXPECT_LT((logits[0] - golden).abs().max().item<float>(), 2e-5f);
  }
}

TEST(MaskedLm, AFolderWithoutTheHeadIsRefused) {
  const fs::path folder = fs::path(testing::TempDir()) / "headless";
  fs::remove_all(folder);
  save_network(folder, Network(tiny_config({}), torch::kCPU, 1), kModel);
  try {
    MaskedLm(folder, torch::kCPU);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no head for masked words"), std::string::npos);
  }
}

TEST(Candidates, AreTheModelsBestWordsForTheMask) {
  const Tokenizer tokenizer = Tokenizer::from_folder(kModel);
  MaskedLm model(kModel, torch::kCPU);
  // The second golden text: "x y [MASK] . [SEP] x y z . [SEP]".
  const nlohmann::json golden = expected()[1];
  const std::vector<std::int32_t> ids = golden["ids"];
  std::string text;
  for (int i = 6; i < 9; ++i) text += std::string(tokenizer.token(ids[i])) + " ";
  const Words words = words_of(text + ".", tokenizer, 100);
  const auto found = CandidateFinder(model, tokenizer, 5).find({words});
  const std::vector<float> logits = golden["logits"];
  std::vector<std::int32_t> order;
  for (std::int32_t id = 8; id < 60; ++id)  // whole words: those before are pieces and the like
    if (id != ids[8] && id != 9) order.push_back(id);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
  order.resize(5);
  ASSERT_EQ(found[0].size(), 3u);
  EXPECT_EQ(found[0][2], order);
}

TEST(Candidates, OfAWordInPiecesAreTheNearestInTheEmbedding) {
  const Tokenizer tokenizer = Tokenizer::from_folder(kModel);
  MaskedLm model(kModel, torch::kCPU);
  const Words words = words_of("fets", tokenizer, 100);
  const auto found = CandidateFinder(model, tokenizer, 3).find({words});
  const torch::Tensor table = model.network().word_embedding();
  const torch::Tensor mean = (table[words.ids[0]] + table[words.ids[1]]) / 2;
  const torch::Tensor cosines = torch::cosine_similarity(table, mean.unsqueeze(0));
  ASSERT_EQ(found[0][0].size(), 3u);
  for (std::int32_t id = 10; id < 60; ++id)
    if (std::count(found[0][0].begin(), found[0][0].end(), id) == 0) {
      EXPECT_LE(cosines[id].item<float>(), cosines[found[0][0][2]].item<float>()) << id;
    }
}

/// The lines of the file that augmenting `content` gives.
std::vector<std::string> augmented(const std::string& content, const AugmentOptions& options) {
  const fs::path in = fs::path(testing::TempDir()) / "in.tsv", out = in.string() + ".out.tsv";
  write_file(in, content);
  const AugmentSummary summary = augment(kModel, in, out, {}, options);
  std::vector<std::string> lines;
  std::istringstream stream(read_file(out));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  EXPECT_EQ(summary.written + 1, lines.size());
  return lines;
}

TEST(Augment, CopiesKeepLabelsAndWhatIsNoWord) {
  const std::vector<std::string> lines =
      augmented("text\tlabel\nthe ban, bips\tx\n9 .\ty\n", {20, 0.4, 15, 1});
  EXPECT_EQ(lines[0], "text\tlabel");
  EXPECT_EQ(lines[1], "the ban, bips\tx");
  EXPECT_EQ(lines.back(), "9 .\ty");  // nothing to replace: no copies
  ASSERT_GT(lines.size(), 8u);
  EXPECT_LE(lines.size(), 23u);
  for (std::size_t i = 2; i + 1 < lines.size(); ++i) {
    EXPECT_TRUE(lines[i].starts_with("the ")) << lines[i];
    EXPECT_TRUE(lines[i].ends_with("\tx")) << lines[i];
    EXPECT_NE(lines[i].find(", "), std::string::npos) << lines[i];
  }
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size());
}

TEST(Augment, TheSameSeedGivesTheSameFile) {
  const std::string rows = "text\tpair\tlabel\nban bip\tfog gum\t1\nmet lan\tkip ban\t0\n";
  const std::vector<std::string> lines = augmented(rows, {5, 0.5, 10, 1});
  EXPECT_EQ(lines[0], "text\tpair\tlabel");
  EXPECT_EQ(augmented(rows, {5, 0.5, 10, 1}), lines);
  EXPECT_NE(augmented(rows, {5, 0.5, 10, 2}), lines);
}

TEST(Augment, ProbabilityOneReplacesEveryWord) {
  const std::vector<std::string> lines = augmented("text\nban bip fog\n", {10, 1.0, 15, 1});
  ASSERT_GT(lines.size(), 4u);
  for (std::size_t i = 2; i < lines.size(); ++i) {
    EXPECT_FALSE(lines[i].starts_with("ban ")) << lines[i];
    EXPECT_EQ(lines[i].find(" bip "), std::string::npos) << lines[i];
    EXPECT_FALSE(lines[i].ends_with(" fog")) << lines[i];
  }
}

}  // namespace
}  // namespace bitcpp
