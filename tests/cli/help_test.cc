// What a user meets first: overview, help of every command, version, misspelt commands, failed
// output.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/program.h"

namespace bitcpp {
namespace {

/// Names in the "Commands:" part of the overview.
std::vector<std::string> listed_commands(const std::string& overview) {
  std::vector<std::string> names;
  std::istringstream lines(overview);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line.empty()) break;
    if (inside) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line == "Commands:") inside = true;
  }
  return names;
}

TEST(Help, OverviewFitsAScreenAndListsEveryCommand) {
  const Outcome overview = run_bit({"help"});
  EXPECT_EQ(overview.status, 0);
  EXPECT_EQ(overview.err, "");
  EXPECT_LE(line_count(overview.out), 30);
  const std::vector<std::string> expected = {
      "run",   "eval",     "serve",   "distill", "finetune", "sweep",
      "train", "pretrain", "augment", "verify",  "inspect",  "tokenize",
      "bench", "report",   "results", "help",    "version"};
  EXPECT_EQ(listed_commands(overview.out), expected);
  EXPECT_EQ(run_bit({}).out, overview.out);
  EXPECT_EQ(run_bit({"--help"}).out, overview.out);
}

TEST(Help, EveryCommandExplainsItselfWithAnExample) {
  for (const std::string& name : listed_commands(run_bit({"help"}).out)) {
    SCOPED_TRACE(name);
    const Outcome by_option = run_bit({name, "--help"});
    EXPECT_EQ(by_option.status, 0);
    EXPECT_EQ(by_option.err, "");
    EXPECT_TRUE(contains(by_option.out, "Example"));
    EXPECT_TRUE(contains(by_option.out, "bit " + name));
    const Outcome by_name = run_bit({"help", name});
    EXPECT_EQ(by_name.status, 0);
    EXPECT_EQ(by_name.out, by_option.out);
  }
}

TEST(Help, ExamplesNameFilesThatAreThere) {
  const std::filesystem::path root = BITCPP_SOURCE_DIR;
  int named = 0;
  for (const std::string& command : listed_commands(run_bit({"help"}).out)) {
    std::istringstream words(run_bit({command, "--help"}).out);
    for (std::string word; words >> word;) {
      const bool shipped = word.rfind("models/", 0) == 0 || word.rfind("examples/", 0) == 0;
      if (!shipped) continue;
      EXPECT_TRUE(std::filesystem::exists(root / word)) << command << " names " << word;
      ++named;
    }
  }
  EXPECT_GE(named, 4);
}

TEST(Help, VersionIsPrinted) {
  const Outcome version = run_bit({"version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out.rfind("bit ", 0), 0u);
  EXPECT_EQ(run_bit({"--version"}).out, version.out);
  const auto json = json_lines(run_bit({"version", "--json"}).out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_TRUE(contains(version.out, json[0].at("version").get<std::string>()));
}

TEST(Help, MisspeltCommandsGetASuggestion) {
  const Outcome outcome = run_bit({"evla", "model"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "bit: unknown command 'evla'; did you mean 'eval'? ('bit help' lists all)\n");
}

TEST(Output, AFullDiskIsAnError) {
  const Outcome outcome = run_shell(BITCPP_BINARY_DIR "/bit help >/dev/full", "/");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "bit: cannot write to standard output: No space left on device\n");
}

TEST(Output, AReaderThatLeavesIsNoError) {
  // SIGPIPE ignored, as under some service managers: the write itself fails then.
  const Outcome outcome =
      run_shell("trap '' PIPE; (sleep 0.2; " BITCPP_BINARY_DIR "/bit help) | true", "/");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
}

}  // namespace
}  // namespace bitcpp
