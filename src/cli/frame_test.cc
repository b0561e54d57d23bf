#include "cli/frame.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "base/error.h"

namespace bitcpp {
namespace {

const std::vector<std::string> kCommands = {"run", "eval", "distill", "inspect", "tokenize"};

TEST(NearestWord, FindsMisspellings) {
  EXPECT_EQ(nearest_word("evla", kCommands), "eval");
  EXPECT_EQ(nearest_word("destil", kCommands), "distill");
  EXPECT_EQ(nearest_word("rn", kCommands), "run");
  EXPECT_EQ(nearest_word("tokenise", kCommands), "tokenize");
}

TEST(NearestWord, LeavesOtherWordsAlone) {
  EXPECT_EQ(nearest_word("serve", kCommands), "");
  EXPECT_EQ(nearest_word("", kCommands), "");
  EXPECT_EQ(nearest_word(std::string(100000, 'x'), kCommands), "");
}

struct Outcome {
  int status = 0;
  std::string out, err;
};

/// Runs a program "prog" with the command "go [--count N]", whose callback is `work`.
Outcome run(std::vector<const char*> arguments, const std::function<void(int& status)>& work) {
  Outcome outcome;
  CLI::App app("", "prog");
  app.require_subcommand(1);
  CLI::App* command = app.add_subcommand("go", "Does it");
  int count = 0, status = 0;
  command->add_option("--count", count, "How often")->required();
  command->callback([&] { work(status); });
  arguments.insert(arguments.begin(), "prog");

  std::ostringstream out, err;
  std::streambuf* real_out = std::cout.rdbuf(out.rdbuf());
  std::streambuf* real_err = std::cerr.rdbuf(err.rdbuf());
  outcome.status =
      run_command_line(app, static_cast<int>(arguments.size()), arguments.data(), status);
  std::cout.rdbuf(real_out);
  std::cerr.rdbuf(real_err);
  std::cout.exceptions(std::ios::goodbit);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

void nothing(int&) {}

TEST(CommandLine, ReturnsTheStatusOfTheCallback) {
  const Outcome outcome = run({"go", "--count", "1"}, [](int& status) { status = kNegative; });
  EXPECT_EQ(outcome.status, kNegative);
  EXPECT_EQ(outcome.err, "");
}

TEST(CommandLine, HelpIsNoError) {
  const Outcome outcome = run({"go", "--help"}, nothing);
  EXPECT_EQ(outcome.status, kSuccess);
  EXPECT_NE(outcome.out.find("--count"), std::string::npos);
  EXPECT_EQ(outcome.err, "");
}

TEST(CommandLine, SaysUsageErrorsInOneLine) {
  const Outcome outcome = run({"go"}, nothing);
  EXPECT_EQ(outcome.status, kBadInput);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "prog: --count is required (see 'prog go --help')\n");
}

TEST(CommandLine, SuggestsACommand) {
  EXPECT_EQ(run({"og"}, nothing).err,
            "prog: unknown command 'og'; did you mean 'go'? ('prog --help' lists all)\n");
  EXPECT_EQ(run({"frobnicate"}, nothing).err,
            "prog: unknown command 'frobnicate' ('prog --help' lists all)\n");
}

TEST(CommandLine, NamesTheUnexpectedArgument) {
  EXPECT_EQ(run({"go", "--count", "1", "--cuont", "2"}, nothing).err,
            "prog: unknown option '--cuont'; did you mean '--count'? (see 'prog go --help')\n");
  EXPECT_EQ(run({"go", "--count", "1", "here"}, nothing).err,
            "prog: unexpected argument 'here' (see 'prog go --help')\n");
}

TEST(CommandLine, SaysErrorsInOneLineAfterWhatWasWritten) {
  const Outcome outcome = run({"go", "--count", "1"}, [](int&) {
    std::cout << "first\n";
    throw Error("x.tsv:3: expected\n2 columns");
  });
  EXPECT_EQ(outcome.status, kBadInput);
  EXPECT_EQ(outcome.out, "first\n");
  EXPECT_EQ(outcome.err, "prog: x.tsv:3: expected 2 columns\n");
}

TEST(CommandLine, SaysForeignExceptionsInOneLine) {
  const Outcome outcome = run({"go", "--count", "1"}, [](int&) { throw std::bad_alloc(); });
  EXPECT_EQ(outcome.status, kBadInput);
  EXPECT_EQ(outcome.err, "prog: out of memory\n");
  const Outcome traced = run({"go", "--count", "1"}, [](int&) {
    throw std::runtime_error("undefined tensor\nframe #0: somewhere\nframe #1");
  });
  EXPECT_EQ(traced.status, kBadInput);
  EXPECT_EQ(traced.err, "prog: undefined tensor\n");
}

}  // namespace
}  // namespace bitcpp
