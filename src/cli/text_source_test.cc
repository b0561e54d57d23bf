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
                                        TextFormat format = TextFormat::kAuto, bool pair = false) {
    TextSource source(path, format, pair);
    std::vector<std::string> all;
    for (SourceText input; source.next(input);)
      all.push_back(input.text + (input.has_pair ? "|" + input.pair : ""));
    return all;
  }
  static std::string error(const std::string& path, TextFormat format, bool pair) {
    try {
      texts(path, format, pair);
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
  EXPECT_EQ(texts(write("a", "one\ttwo\tx\n"), TextFormat::kAuto, true), Texts{"one|two\tx"});
  const std::string path = write("b", "one\ttwo\nthree\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, true),
            path + ":2: expected two texts with a tab between them: this model judges pairs");
}

TEST_F(TextSourceTest, JsonLinesAreRecognised) {
  EXPECT_EQ(texts(write("a", "{\"text\":\"x\\ny\"}\n\n{\"text\":\"z\",\"pair\":\"p\",\"id\":7}\n")),
            (Texts{"x\ny", "z"}));
  EXPECT_EQ(texts(write("d", "{\"text\":\"z\",\"pair\":\"p\"}\n"), TextFormat::kAuto, true),
            Texts{"z|p"});
  EXPECT_EQ(texts(write("b", "{not json}\n{\"text\":\"x\"}\n")),
            (Texts{"{not json}", "{\"text\":\"x\"}"}));
  EXPECT_EQ(texts(write("c", "{\"text\":\"x\"}\n"), TextFormat::kText), Texts{"{\"text\":\"x\"}"});
}

TEST_F(TextSourceTest, BadJsonLinesAreNamed) {
  std::string path = write("a.jsonl", "{\"text\":\"x\"}\nplain\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, false),
            path + ":2: expected a JSON object with the key \"text\"");
  path = write("b.jsonl", "{\"text\":3}\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, false), path + ":1: expected a string under \"text\"");
  path = write("c.jsonl", "{\"text\":\"x\"}\n");
  EXPECT_EQ(error(path, TextFormat::kAuto, true),
            path + ":1: expected the key \"pair\" too: this model judges pairs");
}

TEST_F(TextSourceTest, MissingFilesAndFoldersAreErrors) {
  EXPECT_THROW(TextSource("/nonexistent/file", TextFormat::kAuto, false), Error);
  EXPECT_THROW(TextSource("/", TextFormat::kAuto, false), Error);
}

}  // namespace
}  // namespace bitcpp
