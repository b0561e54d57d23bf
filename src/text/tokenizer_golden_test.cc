// Ids and offsets against Hugging Face's `tokenizers`: random strings, every code point, SNIPS.
#include <gtest/gtest.h>

#include "text/golden_strings.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

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

TEST_F(GoldenHashes, SnipsTexts) {
  const auto files = rows("snips");
  ASSERT_EQ(files.size(), 2u);
  const std::filesystem::path folder = std::filesystem::path(BITCPP_SOURCE_DIR) / "examples/snips";
  for (const char* name : {"train.tsv", "valid.tsv"})
    expect(files[name[0] == 'v'], split_lines(read_file(folder / name)));
}

}  // namespace
}  // namespace bitcpp
