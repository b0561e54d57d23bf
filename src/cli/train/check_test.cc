// bit-train eval from its command line to its output, on a small fresh network.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "cli/frame.h"
#include "cli/train/commands.h"
#include "train/folder.h"
#include "train/tiny_task.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

class Eval : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "vocabulary");
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (int i = 5; i < 30; ++i) vocabulary += "w" + std::to_string(i) + "\n";
    write_file(folder_ / "vocabulary/vocab.txt", vocabulary);
    save_network(folder_ / "model", Network(tiny_config({}), torch::kCPU, 5),
                 folder_ / "vocabulary");
    write_file(folder_ / "dev.tsv",
               "text\tlabel\nw5 w6 w7 w8\teven\nw9\todd\nw10 w11 w12\tother\nw13\teven\n");
  }

  /// Exit status of `bit-train eval model --data dev.tsv OPTIONS...`; out_ and err_ get its output.
  int eval(std::vector<std::string> options) {
    options.insert(options.begin(), {"bit-train", "eval", (folder_ / "model").string(), "--data",
                                     (folder_ / "dev.tsv").string()});
    std::vector<const char*> arguments;
    for (const std::string& option : options) arguments.push_back(option.c_str());
    int status = kSuccess;
    CLI::App app("", "bit-train");
    add_eval_command(app, status);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    status = run_command_line(app, static_cast<int>(arguments.size()), arguments.data(), status);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return status;
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / "bit_train_eval";
  std::string out_, err_;
};

TEST_F(Eval, PrintsWhatBitEvalPrints) {
  ASSERT_EQ(eval({"--json"}), kSuccess) << err_;
  EXPECT_EQ(out_.rfind("{\"n\":4,\"accuracy\":", 0), 0u) << out_;
  const double accuracy = nlohmann::json::parse(out_)["accuracy"];
  ASSERT_EQ(eval({}), kSuccess) << err_;
  char expected[64];
  std::snprintf(expected, sizeof expected, "n                  4\naccuracy    %8.4f\nf1 ",
                accuracy);
  EXPECT_EQ(out_.rfind(expected, 0), 0u) << out_;
}

TEST_F(Eval, TakesThreadsAndLength) {
  ASSERT_EQ(eval({"--threads", "1", "--max-length", "4"}), kSuccess) << err_;
  EXPECT_EQ(err_, "2 of 4 texts were cut to 4 tokens\n");
  ASSERT_EQ(eval({"--max-length", "17"}), kBadInput);
  EXPECT_EQ(err_, "bit-train: a maximum of 17 tokens, expected 3 to 16\n");
  ASSERT_EQ(eval({"--max-length", "4", "--too-long", "refuse"}), kBadInput);
  EXPECT_NE(err_.find("dev.tsv:2: expected at most 4 tokens"), std::string::npos) << err_;
  ASSERT_EQ(eval({"--threads", "0"}), kBadInput);
}

}  // namespace
}  // namespace bitcpp
