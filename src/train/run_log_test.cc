#include "train/run_log.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace bitcpp {
namespace {

TEST(RunLog, DropsAStageThatWasKilledBeforeItsFirstCheckpoint) {
  const auto path = std::filesystem::path(testing::TempDir()) / "run_log.jsonl";
  const std::string done = "{\"stage\":\"a\",\"step\":1}\n";
  for (const std::string rest :
       {"", "{\"stage\":\"b\",\"step\":1}\n", "{\"stage\":\"b\"}\n{\"stage\":\"b\",\"st",
        "{\"stage\":\"b", "{\"stage\":\"b\"}"}) {
    write_file(path, done + rest);
    RunLog log(path);
    int cuts = 0;
    log.on_cut = [&] { ++cuts; };
    log.drop_stage("b");
    EXPECT_EQ(read_file(path), done) << rest;
    EXPECT_EQ(cuts, rest.empty() ? 0 : 1) << rest;
  }
}

TEST(RunLog, TellsOfEveryLineWithItsTime) {
  const auto path = std::filesystem::path(testing::TempDir()) / "run_log_lines.jsonl";
  std::filesystem::remove(path);
  RunLog log(path);
  nlohmann::json told;
  log.on_line = [&](const nlohmann::json& line) { told = line; };
  log.write({{"stage", "a"}});
  EXPECT_EQ(nlohmann::json::parse(read_file(path)), told);
  EXPECT_GT(told["time"].get<std::int64_t>(), 1'600'000'000);
}

}  // namespace
}  // namespace bitcpp
