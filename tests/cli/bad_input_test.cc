// Whatever is wrong with the input: exit status 2, one line on stderr, nothing on stdout, no file
// left.
#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/program.h"

namespace bitcpp {
namespace {

/// Expects `arguments` to fail as bad input does, with every one of `named` in the message.
void expect_refused(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& named, std::string_view input = "") {
  std::string shown = "bit";
  for (const std::string& argument : arguments) shown += " " + argument;
  SCOPED_TRACE(shown);
  const Outcome outcome = run_bit(arguments, input);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(line_count(outcome.err), 1) << outcome.err;
  EXPECT_EQ(outcome.err.rfind("bit", 0), 0u) << outcome.err;
  for (const std::string& name : named) {
    EXPECT_TRUE(contains(outcome.err, name)) << name << " is not in: " << outcome.err;
  }
}

const std::vector<std::string> kModelCommands = {"run", "eval", "inspect", "tokenize", "bench"};

/// `command MODEL` with whatever else the command requires.
std::vector<std::string> on_model(const std::string& command, const std::string& model) {
  std::vector<std::string> arguments = {command, model};
  if (command == "eval") arguments.insert(arguments.end(), {"--data", snips_validation().string()});
  return arguments;
}

TEST(BadInput, MissingArgumentsAndUnknownOptions) {
  for (const std::string& command : kModelCommands) {
    expect_refused({command}, {command});
    expect_refused({command, "--no-such-option"}, {command});
  }
  expect_refused({"--no-such-option"}, {"--no-such-option"});
  expect_refused({"help", "evla"}, {"eval"});
}

TEST(BadInput, ModelsThatAreNotThere) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "missing.safetensors").string();
  for (const std::string& command : kModelCommands) {
    expect_refused(on_model(command, missing), {missing});
  }
}

TEST(BadInput, ResultsStores) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "missing.jsonl").string();
  expect_refused({"results", "--store", missing}, {missing});
  const std::string damaged = folder.write("damaged.jsonl", "{\"task\": 1}\n").string();
  expect_refused({"results", "--store", damaged}, {damaged + ":1", "task"});
  const std::string empty = folder.write("empty.jsonl", "").string();
  const std::string bare = folder.write("bare.jsonl", "{}\n").string();
  expect_refused({"results", "--store", empty, "--published", bare}, {bare + ":1", "value"});
}

TEST(BadInput, FilesThatAreNoModels) {
  const TemporaryFolder folder;
  const std::string model = read_file(shipped_model());
  const std::vector<std::string> files = {
      folder.write("empty.safetensors", "").string(),
      folder.write("text.safetensors", "this is no model\n").string(),
      folder.write("half.safetensors", model.substr(0, model.size() / 2)).string(),
      folder.write("header.safetensors", model.substr(0, 100)).string(),
      folder.write("longer.safetensors", model + "x").string(),
      folder.write("huge.safetensors", std::string(8, '\x7f') + model.substr(8)).string(),
  };
  for (const std::string& file : files) {
    for (const std::string& command : kModelCommands) {
      expect_refused(on_model(command, file), {file});
    }
  }
}

TEST(BadInput, DataThatDoesNotFit) {
  const TemporaryFolder folder;
  const std::string model = shipped_model().string();
  const auto refuse = [&](const std::string& name, std::string_view content,
                          std::vector<std::string> named, std::vector<std::string> options = {}) {
    const std::string file = folder.write(name, content).string();
    std::vector<std::string> arguments = {"eval", model, "--data", file};
    arguments.insert(arguments.end(), options.begin(), options.end());
    named.push_back(file);
    expect_refused(arguments, named);
  };
  refuse("empty.tsv", "", {});
  refuse("no_rows.tsv", "text\tlabel\n", {});
  refuse("no_label.tsv", "text\nplay some jazz\n", {"label"});
  refuse("unknown_label.tsv", "text\tlabel\nplay some jazz\tNoSuchIntent\n",
         {":2:", "NoSuchIntent"});
  refuse("short_row.tsv", "text\tlabel\nplay some jazz\tPlayMusic\nalone\n", {":3:"});
  refuse("open_quote.csv", "text,label\n\"play some jazz,PlayMusic\n", {":2:"});
  refuse("broken.jsonl", "{\"text\": \"play\", \"label\": \"PlayMusic\"}\n{\"text\": \n", {":2:"});
  refuse("columns.tsv", "a\tb\nplay some jazz\tPlayMusic\n", {"nowhere"},
         {"--columns", "text=nowhere,label=b"});
  for (const char* missing : {"missing.tsv", "missing"}) {
    expect_refused({"eval", model, "--data", (folder.path() / missing).string()},
                   {missing, "o such file"});
  }
  expect_refused({"eval", model, "--data", snips_validation().string(), "--columns", "text"},
                 {"text"});
}

TEST(BadInput, ImpossibleSettings) {
  const std::string model = shipped_model().string();
  expect_refused({"bench", model, "--threads", "0"}, {"threads"});
  expect_refused({"bench", model, "--threads", "-1"}, {"threads"});
  expect_refused({"bench", model, "--seq", "0"}, {"seq"});
  expect_refused({"bench", model, "--seq", "1000000"}, {"seq"});
  expect_refused({"bench", model, "--batch", "zero"}, {"batch"});
  expect_refused({"bench", model, "--attention-bits", "8"}, {"random:SHAPE"});
  expect_refused({"bench", "random:1x64x2x64", "--attention-bits", "3"}, {"attention-bits"});
  expect_refused({"bench", "random:1x64x2x64", "--relu-bits", "8"}, {"relu-bits"});
  expect_refused({"bench", "random:6x384"}, {"random:6x384"});
  expect_refused({"bench", "random:6x384x7x1536"}, {"384"});
  expect_refused({"bench", "random:99999999x384x12x1536"}, {"99999999"});
}

TEST(BadInput, ImpossibleMaximumLengths) {
  const std::string model = shipped_model().string();
  for (const char* length : {"0", "2", "-1", "513", "many"}) {
    expect_refused({"run", model, "--max-length", length}, {"max", length});
  }
}

TEST(BadInput, UnknownInstructionSets) {
  const Outcome outcome = run_shell("BIT_CPU=quantum " BITCPP_BINARY_DIR
                                    "/bit run models/snips-minilm-w1a1.safetensors",
                                    BITCPP_SOURCE_DIR, "play some jazz\n");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(line_count(outcome.err), 1) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "quantum")) << outcome.err;
}

TEST(BadInput, TextsThatAreNotThere) {
  const std::string model = shipped_model().string();
  expect_refused({"run", model, "no/such/file.txt"}, {"no/such/file.txt"});
  expect_refused({"tokenize", model, "no/such/file.txt"}, {"no/such/file.txt"});
}

}  // namespace
}  // namespace bitcpp
