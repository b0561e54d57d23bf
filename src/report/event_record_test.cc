#include "report/event_record.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace bitcpp {
namespace {

TEST(EventRecord, CrcIsThatOfTheStandard) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  EXPECT_EQ(crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(crc32c(""), 0u);
}

// The file was written by the tensorboard package (tests/golden/make_report_golden.py).
TEST(EventRecord, AFileIsTheOneThatTensorBoardWrites) {
  std::string file = framed_record(version_event(1700000000.25));
  file += framed_record(scalar_event(1700000001.5, 20, {{"loss/logits", 0.5f}}));
  file += framed_record(
      scalar_event(1700000002, 123456789012, {{"alpha/query/0", -1.25e-3f}, {"b", 3e9f}}));
  EXPECT_EQ(file, read_file(BITCPP_SOURCE_DIR "/tests/golden/report/scalars.tfevents"));
}

}  // namespace
}  // namespace bitcpp
