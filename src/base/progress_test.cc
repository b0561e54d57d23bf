#include "base/progress.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bitcpp {
namespace {

TEST(Progress, DurationsReadAsClocksDo) {
  EXPECT_EQ(format_duration(0), "0:00");
  EXPECT_EQ(format_duration(59.6), "1:00");
  EXPECT_EQ(format_duration(754), "12:34");
  EXPECT_EQ(format_duration(3600 * 27 + 61), "27:01:01");
  EXPECT_EQ(format_duration(-5), "0:00");
  EXPECT_EQ(format_duration(std::nan("")), "0:00");
}

TEST(Progress, OffATerminalItPrintsTheFirstAndTheLastLine) {
#ifdef __EMSCRIPTEN__
  GTEST_SKIP() << "Node does not let stderr be redirected from within";
#endif
  testing::internal::CaptureStderr();
  {
    ProgressLine line("work", 60);
    line.update(1, 4, "loss 2");
    line.update(2, 4, "loss 1");
    line.finish("done");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "work  25%  loss 2\nwork  done\n");
}

}  // namespace
}  // namespace bitcpp
