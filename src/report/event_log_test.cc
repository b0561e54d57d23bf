#include "report/event_log.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "report/event_record.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

TEST(EventLog, FollowsTheLogAndItsCuts) {
  const fs::path folder = fs::path(testing::TempDir()) / "event_log";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const std::string first =
      R"({"stage":"a","step":20,"steps":40,"epoch":0.5,"time":1700000000,"loss_logits":0.5})";
  const std::string second =
      R"({"stage":"a","step":40,"time":1700000001,"dev":{"n":4,"accuracy":0.75}})";
  const fs::path file = folder / "tensorboard/a/events.out.tfevents.1700000000.bit";
  const std::string one = framed_record(version_event(1700000000)) +
                          framed_record(scalar_event(1700000000, 20, {{"loss/logits", 0.5f}}));
  const std::string both =
      one + framed_record(scalar_event(1700000001, 40, {{"dev/accuracy", 0.75f}}));

  EventLog events(folder);
  EXPECT_FALSE(fs::exists(folder / "tensorboard"));
  events.add(nlohmann::json::parse(first));
  EXPECT_EQ(read_file(file), one);
  events.add(nlohmann::json::parse(second));
  EXPECT_EQ(read_file(file), both);
  write_file(folder / "log.jsonl", first + "\n");
  events.rewrite();
  EXPECT_EQ(read_file(file), one);
  write_file(folder / "log.jsonl", first + "\n" + second + "\n");
  EventLog again(folder);
  EXPECT_EQ(read_file(file), both);
}

TEST(EventLog, ListsAndObjectsBecomePaths) {
  const fs::path folder = fs::path(testing::TempDir()) / "event_log_paths";
  fs::remove_all(folder);
  fs::create_directories(folder);
  write_file(folder / "log.jsonl",
             R"({"stage":"a","step":3,"time":9,"kind":"statistics","alpha":{"q":[1,null,2]}})"
             "\n");
  EventLog events(folder);
  EXPECT_EQ(read_file(folder / "tensorboard/a/events.out.tfevents.9.bit"),
            framed_record(version_event(9)) +
                framed_record(scalar_event(9, 3, {{"alpha/q/0", 1.f}, {"alpha/q/2", 2.f}})));
}

}  // namespace
}  // namespace bitcpp
