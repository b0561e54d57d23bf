// Ids and offsets against Hugging Face's `tokenizers`: random strings, every code point, real data.
#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "text/golden_strings.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

const std::filesystem::path kData = std::filesystem::path(BITCPP_SOURCE_DIR) / "../shared/data";

std::string bert_vocabulary() { return read_file(golden_folder() / "bert-base-uncased-vocab.txt"); }

// In the order of the columns of hashes.txt.
class GoldenHashes : public testing::Test {
 protected:
  struct Row {
    std::size_t block;
    std::vector<std::uint64_t> hashes;
  };

  std::vector<Row> rows(const std::string& kind) const {
    std::vector<Row> found;
    for (const std::string& line : golden_lines("hashes.txt")) {
      std::istringstream fields(line);
      std::string name;
      Row row{0, std::vector<std::uint64_t>(tokenizers_.size())};
      fields >> name >> row.block >> std::hex;
      for (auto& hash : row.hashes) fields >> hash;
      EXPECT_TRUE(fields) << line;
      if (name == kind) found.push_back(row);
    }
    return found;
  }

  void expect(const Row& row, const std::vector<std::string>& texts) const {
    for (std::size_t i = 0; i < tokenizers_.size(); ++i) {
      EXPECT_EQ(golden_hash(tokenizers_[i], texts), row.hashes[i])
          << "block " << row.block << ", tokenizer " << i;
    }
  }

 private:
  static std::vector<Tokenizer> make() {
    const std::string characters = character_vocabulary();
    std::vector<Tokenizer> made;
    made.emplace_back(bert_vocabulary(), TokenizerOptions{true, true, true});
    made.emplace_back(characters, TokenizerOptions{true, true, true});
    made.emplace_back(characters, TokenizerOptions{false, false, true});
    made.emplace_back(characters, TokenizerOptions{true, false, true});
    made.emplace_back(characters, TokenizerOptions{false, true, false});
    return made;
  }

  const std::vector<Tokenizer> tokenizers_ = make();
};

TEST_F(GoldenHashes, RandomStrings) {
  GoldenStrings strings;
  const auto blocks = rows("random");
  ASSERT_EQ(blocks.size(), 100u);
  for (const Row& row : blocks) {
    std::vector<std::string> texts(1000);
    for (std::string& text : texts) text = strings.next();
    expect(row, texts);
  }
}

TEST_F(GoldenHashes, EveryCodePoint) {
  const auto planes = rows("plane");
  ASSERT_EQ(planes.size(), 17u);
  for (const Row& row : planes) {
    std::vector<std::string> texts(0x10000);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = std::string("a")
                     .append(utf8_of(static_cast<char32_t>(row.block * 0x10000 + i)))
                     .append("b");
    }
    expect(row, texts);
  }
}

std::string unpacked(const std::filesystem::path& path) {
  if (path.extension() != ".gz") return read_file(path);
  std::FILE* pipe = popen(("gzip -dc '" + path.string() + "'").c_str(), "r");
  std::string content;
  char buffer[1 << 16];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    content.append(buffer, got);
  EXPECT_EQ(pclose(pipe), 0) << path;
  return content;
}

// The shared data sets lie beside the repository, where there are any.
class RealData : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData / "vocab")) GTEST_SKIP() << "no " << kData;
  }
};

TEST_F(RealData, IdsAndOffsetsInEveryLanguage) {
  const Tokenizer uncased(bert_vocabulary(), {true, true, true});
  const Tokenizer cased(read_file(kData / "vocab/bert-base-multilingual-cased-vocab.txt"),
                        {false, false, true});
  const auto files = golden_lines("real_data.txt");
  ASSERT_EQ(files.size(), 3u);
  for (const std::string& line : files) {
    std::istringstream fields(line);
    std::string name;
    std::size_t count = 0;
    std::uint64_t uncased_hash = 0, cased_hash = 0;
    fields >> name >> count >> std::hex >> uncased_hash >> cased_hash;
    const auto texts = split_lines(unpacked(kData / name));
    ASSERT_EQ(texts.size(), count) << name;
    EXPECT_EQ(golden_hash(uncased, texts), uncased_hash) << name;
    EXPECT_EQ(golden_hash(cased, texts), cased_hash) << name;
  }
}

TEST_F(RealData, SquadQuestionsOfTheReferenceTokenizer) {
  const Tokenizer tokenizer(bert_vocabulary(), {true, true, true});
  const auto lists = nlohmann::json::parse(
      read_file(kData / "tokenizer_golden/squad_dev_questions_bert_uncased_ids.json"));
  const auto squad = nlohmann::json::parse(unpacked(kData / "squad/dev-v1.1.json.gz"));
  std::size_t count = 0, different = 0;
  for (const auto& article : squad["data"]) {
    for (const auto& paragraph : article["paragraphs"]) {
      for (const auto& question : paragraph["qas"]) {
        std::vector<std::int32_t> ids;
        tokenizer.tokenize(question["question"].get_ref<const std::string&>(), ids);
        different += ids != lists.at(count++).get<std::vector<std::int32_t>>();
      }
    }
  }
  EXPECT_EQ(count, 10570u);
  EXPECT_EQ(different, 0u);
}

}  // namespace
}  // namespace bitcpp
