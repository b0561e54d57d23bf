// The documents' command lines are run and their output compared, so that no example goes stale.
//
// Blocks marked `console` and `sh` are run here, page by page, each page in one shell and a folder
// of its own, made by stand_ins.sh: what the reader has to bring lies there, small. Blocks in other
// languages are run elsewhere; none is left over without a word why.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string_view>

#include "base/file.h"
#include "cli/program.h"
#include "docs/blocks.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

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

/// Words at the start of a command that only build/bit-train knows.
bool trains(const std::string& command) {
  for (const char* name :
       {"distill", "train", "finetune", "sweep", "pretrain", "augment", "verify"})
    if (contains(command, "bit " + std::string(name) + " ")) return true;
  return contains(command, "my-") || contains(command, "bit report ");
}

bool can_train() { return fs::exists(fs::path(BITCPP_BINARY_DIR) / "bit-train"); }

/// A copy of the stand-ins, in which commands are run one after the other in one shell.
class Session {
 public:
  Session() {
    fs::copy(fs::path(BITCPP_BINARY_DIR) / "Testing/stand_ins", folder_.path() / "at",
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }

  /// Runs them all, then looks at each: its status is 0 and it prints what it should.
  void run(const std::vector<Command>& commands, const std::string& page) const {
    std::string script = "PATH=$PWD/bin:$PATH\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n";
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const std::string to = "../" + std::to_string(i);
      script += "{\n" + commands[i].text + "} >" + to + ".out 2>" + to + ".err\necho $? >" + to +
                ".status\n";
    }
    const Outcome whole = run_shell(script, folder_.path() / "at");
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const Command& command = commands[i];
      const std::string to = (folder_.path() / std::to_string(i)).string();
      SCOPED_TRACE(page + ":" + std::to_string(command.line) + ": $ " + command.text);
      if (!fs::exists(to + ".status")) {
        ADD_FAILURE() << "not reached: " << whole.err;
        return;
      }
      std::string out = read_file(to + ".out");
      const std::string err = read_file(to + ".err");
      if (!out.empty() && out.back() != '\n') out += '\n';  // curl ends no line
      EXPECT_EQ(read_file(to + ".status"), "0\n") << out << err;
      if (command.says_output) EXPECT_TRUE(matches(command.output, out)) << out << err;
    }
  }

 private:
  TemporaryFolder folder_;
};

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

TEST(Documents, EveryBlockIsRunOrSaysWhyNot) {
  const fs::path root = BITCPP_SOURCE_DIR;
  for (const fs::path& document : documents()) {
    for (const Block& block : blocks_of(document)) {
      SCOPED_TRACE(document.string() + ":" + std::to_string(block.line));
      // python: python/tests/test_documents.py takes every block of every page.
      const bool run =
          block.language == "console" || block.language == "sh" || block.language == "python";
      EXPECT_TRUE(run || block.marked())
          << "a block of '" << block.language << "' that nobody runs";
      if (block.run_by.empty()) continue;
      ASSERT_TRUE(fs::exists(root / block.run_by)) << "no " << block.run_by;
      EXPECT_TRUE(contains(read_file(root / block.run_by), document.filename().string()))
          << block.run_by << " does not read this page";
    }
  }
}

TEST(Documents, CommandsDoWhatTheDocumentsSay) {
  int run = 0, left = 0;
  for (const fs::path& document : documents()) {
    std::vector<Command> commands;
    bool lacks = false;  // something that the rest of the page may build upon
    for (const Block& block : blocks_of(document)) {
      if (block.marked() || (block.language != "console" && block.language != "sh")) continue;
      for (const Command& command : commands_of(block)) {
        lacks = lacks || (!can_train() && trains(command.text));
        if (lacks)
          ++left;
        else
          commands.push_back(command);
      }
    }
    if (commands.empty()) continue;
    Session().run(commands, document.string());
    run += static_cast<int>(commands.size());
  }
  std::cout << run << " commands run, " << left << " left out that need bit-train\n";
  EXPECT_GE(run + left, 40);
}

/// The commands under "Examples:" in what `bit COMMAND --help` prints.
std::vector<Command> examples_of(const std::string& command) {
  Block examples;
  examples.language = "sh";
  std::istringstream lines(run_bit({command, "--help"}).out);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && !line.starts_with("  ")) break;
    if (inside) examples.text += line.substr(2) + "\n";
    inside = inside || line.starts_with("Example");
  }
  return commands_of(examples);
}

TEST(HelpExamples, DoWhatTheySay) {
  const std::string build = BITCPP_BINARY_DIR;
  // The models that bit run's examples name.
  std::vector<Command> commands = {
      {0, build + "/tests/tiny_models tiny && mkdir my-tagger my-qa my-sst2\n", false, ""},
      {0, "cp tiny/tagging.safetensors my-tagger/model.safetensors\n", false, ""},
      {0, "cp tiny/question-answering.safetensors my-qa/model.safetensors\n", false, ""},
      {0, "cp models/sst2-minilm-w1a2.safetensors my-sst2/model.safetensors\n", false, ""}};
  const std::size_t prepared = commands.size();
  // Not distill, sweep, pretrain, augment: their examples are those of docs/training.md. Verify and
  // report look at what train leaves.
  for (const std::string name : {"run", "eval", "serve", "finetune", "train", "verify", "inspect",
                                 "tokenize", "bench", "report", "results"}) {
    if (!can_train() && trains("bit " + name + " ")) continue;
    for (Command command : examples_of(name)) {
      const bool stays = command.text.starts_with("bit serve");
      if (stays) command.text.insert(command.text.size() - 1, " &");
      commands.push_back(command);
    }
  }
  EXPECT_GE(commands.size() - prepared, can_train() ? 18u : 14u);
  Session().run(commands, "bit help");
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
