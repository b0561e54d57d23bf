#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

using nlohmann::json;

class TokenizerFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("bitcpp_tokenizer_") + test->name() + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    content_ = {
        {"added_tokens", json::array({{{"id", 0}, {"content", "[PAD]"}, {"special", true}},
                                      {{"id", 7}, {"content", "[MASK]"}, {"special", true}}})},
        {"normalizer",
         {{"type", "BertNormalizer"},
          {"clean_text", true},
          {"handle_chinese_chars", true},
          {"strip_accents", nullptr},
          {"lowercase", true}}},
        {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
        {"model",
         {{"type", "WordPiece"},
          {"unk_token", "[UNK]"},
          {"continuing_subword_prefix", "##"},
          {"max_input_chars_per_word", 100},
          {"vocab",
           {{"[PAD]", 0},
            {"[UNK]", 1},
            {"[CLS]", 2},
            {"[SEP]", 3},
            {"a", 4},
            {"##a", 5},
            {"A", 6}}}}}};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) { write_file(folder_ / name, text); }
  Tokenizer load() {
    write("tokenizer.json", content_.dump());
    return Tokenizer::from_folder(folder_);
  }
  std::string error() {
    try {
      Tokenizer::from_folder(folder_);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "no error";
  }
  std::string load_error() {
    write("tokenizer.json", content_.dump());
    const std::string message = error();
    EXPECT_NE(message.find("tokenizer.json"), std::string::npos) << message;
    return message;
  }

  std::filesystem::path folder_;
  json content_;
};

std::vector<std::int32_t> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int32_t> ids;
  tokenizer.tokenize(text, ids);
  return ids;
}

using Ids = std::vector<std::int32_t>;

TEST_F(TokenizerFolder, ReadsTokenizerJson) {
  const Tokenizer tokenizer = load();
  EXPECT_EQ(ids_of(tokenizer, "aA Á"), (Ids{4, 5, 4}));
  EXPECT_EQ(tokenizer.vocabulary_size(), 8u);
  EXPECT_EQ(tokenizer.token(7), "[MASK]");
  EXPECT_TRUE(tokenizer.options().strip_accents);
}

TEST_F(TokenizerFolder, ReadsTheNormalizersOptions) {
  content_["normalizer"]["lowercase"] = false;
  content_["normalizer"]["handle_chinese_chars"] = false;
  const Tokenizer cased = load();
  EXPECT_EQ(ids_of(cased, "a A"), (Ids{4, 6}));
  EXPECT_FALSE(cased.options().lowercase);
  EXPECT_FALSE(cased.options().strip_accents);
  EXPECT_FALSE(cased.options().chinese_characters);
  content_["normalizer"]["strip_accents"] = true;
  EXPECT_TRUE(load().options().strip_accents);
}

TEST_F(TokenizerFolder, RefusesOtherTokenizers) {
  const json good = content_;
  content_["model"]["type"] = "BPE";
  EXPECT_NE(load_error().find("expected \"WordPiece\""), std::string::npos);
  content_ = good;
  content_["model"]["max_input_chars_per_word"] = 200;
  EXPECT_NE(load_error().find("expected 100"), std::string::npos);
  content_ = good;
  content_["normalizer"] = nullptr;
  EXPECT_NE(load_error().find("normalizer"), std::string::npos);
  content_ = good;
  content_["pre_tokenizer"]["type"] = "ByteLevel";
  EXPECT_NE(load_error().find("BertPreTokenizer"), std::string::npos);
  content_ = good;
  content_["normalizer"]["lowercase"] = "yes";
  EXPECT_NE(load_error().find("lowercase"), std::string::npos);
  content_ = good;
  content_["added_tokens"].push_back({{"id", 8}, {"content", "<url>"}, {"special", false}});
  EXPECT_NE(load_error().find("<url>"), std::string::npos);
}

TEST_F(TokenizerFolder, RefusesBrokenVocabularies) {
  const json good = content_;
  for (const json& id :
       {json(6), json(9), json(-1), json(4294967297), json("x"), json(2.5), json(nullptr)}) {
    content_ = good;
    content_["model"]["vocab"]["new"] = id;
    EXPECT_NE(load_error().find("id"), std::string::npos) << id;
  }
  content_ = good;
  content_["model"]["vocab"]["a\nb"] = 8;
  EXPECT_NE(load_error().find("newline"), std::string::npos);
  content_ = good;
  content_["model"]["vocab"] = json::array({1, 2});
  load_error();
  content_ = good;
  content_["model"]["vocab"].erase("[UNK]");
  load_error();
  content_ = good;
  content_["added_tokens"] = json::array({5});
  load_error();
  content_ = good;
  content_["added_tokens"][0]["id"] = 3;
  load_error();
  write("tokenizer.json", "{\"model\": ");
  EXPECT_NE(error().find("not JSON"), std::string::npos);
  write("tokenizer.json", "[]");
  EXPECT_NE(error().find("expected an object"), std::string::npos);
}

TEST_F(TokenizerFolder, ReadsVocabTxtWithItsConfig) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nA\n");
  EXPECT_EQ(ids_of(Tokenizer::from_folder(folder_), "A"), (Ids{4}));
  write("tokenizer_config.json", R"({"do_lower_case": false, "tokenize_chinese_chars": false})");
  const Tokenizer cased = Tokenizer::from_folder(folder_);
  EXPECT_EQ(ids_of(cased, "A"), (Ids{5}));
  EXPECT_FALSE(cased.options().strip_accents);
  EXPECT_FALSE(cased.options().chinese_characters);
  write("tokenizer_config.json", R"({"do_lower_case": 1})");
  EXPECT_NE(error().find("do_lower_case"), std::string::npos);
}

TEST_F(TokenizerFolder, SaysWhatIsMissing) {
  EXPECT_NE(error().find("expected tokenizer.json or vocab.txt"), std::string::npos);
  write("vocab.txt", "a\nb\n");
  EXPECT_NE(error().find("vocab.txt"), std::string::npos);
  EXPECT_NE(error().find("[UNK]"), std::string::npos);
}

}  // namespace
}  // namespace bitcpp
