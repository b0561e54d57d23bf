#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "text/golden_strings.h"

namespace bitcpp {

void PrintTo(const Offset& offset, std::ostream* out) { *out << offset.begin << "-" << offset.end; }
bool operator==(const Offset& a, const Offset& b) { return a.begin == b.begin && a.end == b.end; }

namespace {

constexpr std::string_view kSmall =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\nsep\n[\n]\n.\nÀ\n";

const Tokenizer& bert(bool lowercase = true) {
  static const std::string vocabulary = read_file(golden_folder() / "bert-base-uncased-vocab.txt");
  static const Tokenizer uncased(vocabulary, {true, true, true}),
      cased(vocabulary, {false, false, true});
  return lowercase ? uncased : cased;
}

std::vector<std::int32_t> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int32_t> ids;
  tokenizer.tokenize(text, ids);
  return ids;
}

std::vector<Offset> offsets_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int32_t> ids;
  std::vector<Offset> offsets;
  tokenizer.tokenize(text, ids, &offsets);
  EXPECT_EQ(ids.size(), offsets.size());
  return offsets;
}

using Ids = std::vector<std::int32_t>;
using Offsets = std::vector<Offset>;

TEST(Tokenizer, SamplesEqualHuggingFace) {
  const auto texts = golden_lines("samples.txt");
  for (const bool lowercase : {true, false}) {
    const auto expected = golden_lines(lowercase ? "samples_uncased.jsonl" : "samples_cased.jsonl");
    ASSERT_EQ(texts.size(), expected.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto wanted = nlohmann::json::parse(expected[i]);
      const Encoding encoding = bert(lowercase).encode(texts[i], 1 << 20);
      EXPECT_EQ(encoding.ids, wanted["ids"].get<Ids>()) << texts[i];
      Offsets offsets;
      for (const auto& pair : wanted["offsets"]) offsets.push_back({pair[0], pair[1]});
      EXPECT_EQ(encoding.offsets, offsets) << texts[i];
      EXPECT_FALSE(encoding.truncated);
    }
  }
}

TEST(Tokenizer, LongestFirstEqualsHuggingFace) {
  const Tokenizer tokenizer(kSmall, {});
  const auto repeat = [](std::string_view word, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += word;
    return text;
  };
  const auto cases = golden_lines("truncation.txt");
  ASSERT_EQ(cases.size(), 1300u);
  for (const std::string& line : cases) {
    std::istringstream fields(line);
    std::ptrdiff_t first, second, max_length, first_kept, second_kept;
    fields >> first >> second >> max_length >> first_kept >> second_kept;
    const Encoding encoding = tokenizer.encode(repeat("a ", static_cast<int>(first)),
                                               repeat("b ", static_cast<int>(second)),
                                               static_cast<std::size_t>(max_length));
    EXPECT_EQ(std::count(encoding.ids.begin(), encoding.ids.end(), 5), first_kept) << line;
    EXPECT_EQ(std::count(encoding.ids.begin(), encoding.ids.end(), 6), second_kept) << line;
    EXPECT_EQ(encoding.truncated, first_kept + second_kept < first + second) << line;
    EXPECT_LE(encoding.ids.size(), static_cast<std::size_t>(max_length));
  }
}

TEST(Tokenizer, SinglesAndPairsHaveTheirSpecialTokens) {
  const Tokenizer tokenizer(kSmall, {});
  const Encoding single = tokenizer.encode("a b", 8);
  EXPECT_EQ(single.ids, (Ids{2, 5, 6, 3}));
  EXPECT_EQ(single.type_ids, (std::vector<std::uint8_t>{0, 0, 0, 0}));
  EXPECT_EQ(single.offsets, (Offsets{{0, 0}, {0, 1}, {2, 3}, {0, 0}}));
  const Encoding pair = tokenizer.encode("aa", " b", 8);
  EXPECT_EQ(pair.ids, (Ids{2, 5, 7, 3, 6, 3}));
  EXPECT_EQ(pair.type_ids, (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(pair.offsets, (Offsets{{0, 0}, {0, 1}, {1, 2}, {0, 0}, {1, 2}, {0, 0}}));
  EXPECT_EQ(tokenizer.encode("a", "", 8).ids, (Ids{2, 5, 3, 3}));
  EXPECT_EQ(tokenizer.encode("", 8).ids, (Ids{2, 3}));
}

TEST(Tokenizer, SinglesAreCutAtTheirEnd) {
  const Tokenizer tokenizer(kSmall, {});
  const Encoding cut = tokenizer.encode("a b a b", 5);
  EXPECT_EQ(cut.ids, (Ids{2, 5, 6, 5, 3}));
  EXPECT_EQ(cut.offsets.size(), 5u);
  EXPECT_TRUE(cut.truncated);
  EXPECT_FALSE(tokenizer.encode("a b a", 5).truncated);
  EXPECT_EQ(tokenizer.encode("a b", 2).ids, (Ids{2, 3}));
  EXPECT_THROW(tokenizer.encode("a b", 1), Error);
  EXPECT_THROW(tokenizer.encode("a", "b", 2), Error);
}

TEST(Tokenizer, SpecialTokensInTextAreText) {
  const Tokenizer tokenizer(kSmall, {});
  EXPECT_EQ(ids_of(tokenizer, "a [SEP]."), (Ids{5, 9, 8, 10, 11}));
  EXPECT_EQ(ids_of(Tokenizer(kSmall, {false, false, true}), "[SEP]"), (Ids{9, 1, 10}));
}

TEST(Tokenizer, InvalidBytesAndControlCharactersVanishInsideAWord) {
  const Tokenizer tokenizer(kSmall, {});
  EXPECT_EQ(ids_of(tokenizer,
                   "a\xFF"
                   "a"),
            (Ids{5, 7}));
  EXPECT_EQ(offsets_of(tokenizer,
                       "a\xE2\x82"
                       "a"),
            (Offsets{{0, 1}, {3, 4}}));
  EXPECT_EQ(offsets_of(tokenizer, std::string_view("a\0a b", 5)),
            (Offsets{{0, 1}, {2, 3}, {4, 5}}));
  EXPECT_TRUE(ids_of(tokenizer, "\x01\x02\xFF").empty());
}

TEST(Tokenizer, AWordOfMoreThanAHundredCharactersIsUnknown) {
  const Tokenizer tokenizer(kSmall, {});
  for (const std::string& letter : {std::string("a"), std::string("à")}) {
    std::string word;
    for (int i = 0; i < 100; ++i) word += letter;
    EXPECT_EQ(ids_of(tokenizer, word).size(), 100u);
    EXPECT_EQ(ids_of(tokenizer, word + letter), (Ids{1}));
    EXPECT_EQ(offsets_of(tokenizer, word + letter + " a")[0].end, 101 * letter.size());
  }
}

TEST(Tokenizer, MarksWithoutEndAreHarmless) {
  std::string text = "a";
  for (int i = 0; i < 100000; ++i) text += i % 2 ? "\u0301" : "\u302E";
  EXPECT_EQ(ids_of(bert(), text).size(), 1u);
  // The 50,000 tone marks that stay are sorted to the front and take the first 50,000 places.
  EXPECT_EQ(offsets_of(bert(), text)[0].end, 1u + 25000 * (3 + 2));
}

TEST(Tokenizer, AppendsToWhatIsThere) {
  const Tokenizer tokenizer(kSmall, {});
  Ids ids = {42};
  tokenizer.tokenize("a", ids);
  EXPECT_EQ(ids, (Ids{42, 5}));
}

TEST(Tokenizer, ThreadsShareOne) {
  const std::string text = "Ünïcode words, ﬁve ASCII words and 東京";
  const Ids expected = ids_of(bert(), text);
  int different = 0;
  std::vector<std::thread> threads;
  std::mutex mutex;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const bool equal = ids_of(bert(), text) == expected;
        const std::lock_guard lock(mutex);
        different += !equal;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different, 0);
}

TEST(Tokenizer, KnowsItsVocabulary) {
  const Tokenizer tokenizer(kSmall, {});
  EXPECT_EQ(tokenizer.vocabulary_size(), 13u);
  EXPECT_EQ(tokenizer.token(7), "##a");
  EXPECT_EQ(tokenizer.vocabulary_text(), kSmall);
  EXPECT_THROW(tokenizer.token(13), Error);
  EXPECT_THROW(tokenizer.token(-1), Error);
}

TEST(Tokenizer, NamesTheSpecialTokenThatIsMissing) {
  for (const std::string missing : {"[PAD]", "[UNK]", "[CLS]", "[SEP]"}) {
    std::string vocabulary(kSmall);
    vocabulary.erase(vocabulary.find(missing), missing.size() + 1);
    try {
      Tokenizer(vocabulary, {});
      FAIL() << missing;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(missing), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace bitcpp
