#include "cli/text_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace bitcpp {
namespace {

class TextSourceTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("bitcpp-" + std::to_string(getpid()) + "-" + name);
    std::ofstream(path, std::ios::binary) << content;
    written_.push_back(path);
    return path.string();
  }
  ~TextSourceTest() override {
    for (const auto& path : written_) std::filesystem::remove(path);
  }

  static std::vector<std::string> texts(const std::string& path,
                                        TextFormat format = TextFormat::kAuto,
                                        InputKind kind = InputKind::kText) {
    TextSource source(path, format, kind);
    std::vector<std::string> all;
    for (SourceText input; source.next(input);)
      all.push_back(input.text + (input.has_pair ? "|" + input.pair : ""));
    return all;
  }
  static std::string error(const std::string& path, TextFormat format, InputKind kind) {
    try {
      texts(path, format, kind);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  std::vector<std::filesystem::path> written_;
};

using Texts = std::vector<std::string>;

TEST_F(TextSourceTest, PlainLinesKeepBlankOnesAndTabs) {
  EXPECT_EQ(texts(write("a", "\xEF\xBB\xBFone\r\n\ntwo\tx\nlast")),
            (Texts{"one", "", "two\tx", "last"}));
  EXPECT_EQ(texts(write("b", "")), Texts{});
  EXPECT_EQ(texts(write("c", "\n")), Texts{""});
}

TEST_F(TextSourceTest, LongLinesCrossReads) {
  const std::string line(200000, 'x');
  EXPECT_EQ(texts(write("a", line + "\n" + line)), (Texts{line, line}));
}

TEST_F(TextSourceTest, PairsAreSplitAtTheFirstTab) {
  EXPECT_EQ(texts(write("a", "one\ttwo\tx\n"), TextFormat::kAuto, InputKind::kPair),
            Texts{"one|two\tx"});
  const std::string path = write("b", "one\ttwo\nthree\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, InputKind::kPair),
            path + ":2: expected two texts with a tab between them: this model judges pairs");
}

TEST_F(TextSourceTest, JsonLinesAreRecognised) {
  EXPECT_EQ(texts(write("a", "{\"text\":\"x\\ny\"}\n\n{\"text\":\"z\",\"pair\":\"p\",\"id\":7}\n")),
            (Texts{"x\ny", "z"}));
  EXPECT_EQ(
      texts(write("d", "{\"text\":\"z\",\"pair\":\"p\"}\n"), TextFormat::kAuto, InputKind::kPair),
      Texts{"z|p"});
  EXPECT_EQ(texts(write("b", "{not json}\n{\"text\":\"x\"}\n")),
            (Texts{"{not json}", "{\"text\":\"x\"}"}));
  EXPECT_EQ(texts(write("c", "{\"text\":\"x\"}\n"), TextFormat::kText), Texts{"{\"text\":\"x\"}"});
}

TEST_F(TextSourceTest, QuestionsComeWithTheirContext) {
  const auto kind = InputKind::kQuestion;
  EXPECT_EQ(texts(write("a", "who?\tme\tyou\n"), TextFormat::kAuto, kind), Texts{"who?|me\tyou"});
  EXPECT_EQ(
      texts(write("b", "{\"question\":\"who?\",\"context\":\"me\"}\n"), TextFormat::kAuto, kind),
      Texts{"who?|me"});
  std::string path = write("c", "who?\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, kind),
            path +
                ":1: expected a question and its context with a tab between them: this model "
                "answers questions from a context");
  path = write("d", "{\"question\":\"who?\"}\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, kind),
            path +
                ":1: expected the key \"context\" too: this model answers questions from a "
                "context");
}

TEST_F(TextSourceTest, WordsKeepTheirPlaces) {
  const std::string path =
      write("a", "{\"words\":[\"U.N.\",\"left\"]}\n{\"text\":\"U.N. left\"}\n");
  TextSource source(path, TextFormat::kAuto, InputKind::kWords);
  SourceText input;
  ASSERT_TRUE(source.next(input));
  EXPECT_EQ(input.text, "U.N. left");
  ASSERT_EQ(input.words.size(), 2u);
  EXPECT_EQ(input.words[1].begin, 5u);
  EXPECT_EQ(input.words[1].end, 9u);
  ASSERT_TRUE(source.next(input));
  EXPECT_TRUE(input.words.empty());
  for (const char* bad : {"{\"words\":[]}", "{\"words\":[\"a b\"]}", "{\"words\":[1]}"}) {
    const std::string file = write("b", bad);
    EXPECT_EQ(error(file, TextFormat::kAuto, InputKind::kWords),
              file + ":1: expected an array of words, strings without spaces, under \"words\"");
  }
}

TEST_F(TextSourceTest, BadJsonLinesAreNamed) {
  std::string path = write("a.jsonl", "{\"text\":\"x\"}\nplain\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, InputKind::kText),
            path + ":2: expected a JSON object with the key \"text\"");
  path = write("b.jsonl", "{\"text\":3}\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, InputKind::kText),
            path + ":1: expected a string under \"text\"");
  path = write("c.jsonl", "{\"text\":\"x\"}\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, InputKind::kPair),
            path + ":1: expected the key \"pair\" too: this model judges pairs");
}

TEST_F(TextSourceTest, MissingFilesAndFoldersAreErrors) {
  EXPECT_THROW(TextSource("/nonexistent/file", TextFormat::kAuto, InputKind::kText), Error);
  EXPECT_THROW(TextSource("/", TextFormat::kAuto, InputKind::kText), Error);
}

}  // namespace
}  // namespace bitcpp
