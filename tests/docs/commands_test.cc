// The documents' command lines are run and their output compared, so that no example goes stale.
//
// A fenced block marked `console` holds commands ("$ ...", continued after a backslash) and what
// they print; a line "..." stands for any number of lines. A block marked `sh` holds commands that
// are shown but not run here: long ones, and those that install or download.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string_view>

#include "base/file.h"
#include "cli/program.h"

namespace bitcpp {
namespace {

struct Example {
  int line = 0;
  std::string command, output;
};

std::vector<Example> console_examples(const std::filesystem::path& document) {
  std::vector<Example> examples;
  std::istringstream lines(read_file(document));
  bool inside = false, continued = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.rfind("```", 0) == 0) {
      inside = line == "```console";
    } else if (inside && line.rfind("$ ", 0) == 0) {
      examples.push_back({number, line.substr(2) + "\n", ""});
      continued = line.back() == '\\';
    } else if (inside && continued) {
      examples.back().command += line + "\n";
      continued = line.back() == '\\';
    } else if (inside && !examples.empty()) {
      examples.back().output += line + "\n";
    }
  }
  return examples;
}

/// Whether `actual` is `expected`, where "..." stands for any text.
bool matches(std::string_view expected, std::string_view actual) {
  constexpr std::string_view kAnything = "...";
  std::size_t gap = expected.find(kAnything);
  if (gap == std::string_view::npos) return actual == expected;
  if (actual.substr(0, gap) != expected.substr(0, gap)) return false;
  actual.remove_prefix(gap);
  expected.remove_prefix(gap + kAnything.size());
  for (gap = expected.find(kAnything); gap != std::string_view::npos;
       gap = expected.find(kAnything)) {
    const std::size_t found = actual.find(expected.substr(0, gap));
    if (found == std::string_view::npos) return false;
    actual.remove_prefix(found + gap);
    expected.remove_prefix(gap + kAnything.size());
  }
  return actual.ends_with(expected);
}

std::vector<std::filesystem::path> documents() {
  const std::filesystem::path root = BITCPP_SOURCE_DIR;
  std::vector<std::filesystem::path> found = {root / "README.md", root / "CONTRIBUTING.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

TEST(Documents, DotsStandForAnything) {
  EXPECT_TRUE(matches("a\n", "a\n"));
  EXPECT_TRUE(matches("a ... c\n", "a b c\n"));
  EXPECT_TRUE(matches("a...c...e\n", "abcde\n"));
  EXPECT_FALSE(matches("a\n", "a\nb\n"));
  EXPECT_FALSE(matches("a...c...e\n", "abde\n"));
  EXPECT_FALSE(matches("a...bc",
                       "abc"
                       "d"));
  EXPECT_FALSE(matches("ab...bc", "abc"));
}

TEST(Documents, CommandsPrintWhatTheDocumentsSay) {
  // The folders that the documents' commands name, with build/ being this very build.
  const TemporaryFolder folder;
  for (const char* name : {"models", "examples", "recipes", "docs"}) {
    std::filesystem::create_directory_symlink(std::filesystem::path(BITCPP_SOURCE_DIR) / name,
                                              folder.path() / name);
  }
  std::filesystem::create_directory_symlink(BITCPP_BINARY_DIR, folder.path() / "build");

  int run = 0;
  for (const std::filesystem::path& document : documents()) {
    for (const Example& example : console_examples(document)) {
      SCOPED_TRACE(document.string() + ":" + std::to_string(example.line));
      const Outcome outcome = run_shell(example.command, folder.path());
      EXPECT_TRUE(matches(example.output, outcome.out))
          << "$ " << example.command << outcome.out << outcome.err;
      ++run;
    }
  }
  EXPECT_GE(run, 3) << "the README shows at least run, eval and inspect";
}

TEST(Documents, LinksLeadSomewhere) {
  for (const std::filesystem::path& document : documents()) {
    const std::string text = read_file(document);
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
      std::string target = text.substr(at + 2, text.find(')', at) - at - 2);
      target = target.substr(0, target.find('#'));
      if (target.empty() || target.find("://") != std::string::npos) continue;
      EXPECT_TRUE(std::filesystem::exists(document.parent_path() / target))
          << document << " links to " << target;
    }
  }
}

}  // namespace
}  // namespace bitcpp
