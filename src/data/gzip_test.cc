#include "data/gzip.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>

#include "base/file.h"
#include "data/data_test_support.h"

namespace bitcpp {
namespace {

std::string zipped(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, content.size()) + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

TEST(Gzip, AllMembersInOrder) {
  const std::string long_text(300000, 'x');
  EXPECT_EQ(gunzip("x.gz", zipped("abc") + zipped(long_text) + zipped(""), 1 << 20),
            "abc" + long_text);
}

TEST(Gzip, DamagedFilesAreErrors) {
  const std::string good = zipped("some text and some more text");
  for (std::size_t size = 0; size < good.size(); ++size)
    expect_error([&] { gunzip("x.gz", good.substr(0, size), 1 << 20); }, "x.gz: expected");
  std::string damaged = good;
  damaged[good.size() - 6] ^= 1;  // the checksum
  expect_error([&] { gunzip("x.gz", damaged, 1 << 20); }, "x.gz: expected valid gzip data");
  expect_error([&] { gunzip("x.gz", good + "tail", 1 << 20); }, "x.gz: expected");
  expect_error([&] { gunzip("x.gz", "plain text", 1 << 20); }, "x.gz: expected valid gzip data");
}

TEST(Gzip, BombsStopAtTheLimit) {
  expect_error([] { gunzip("x.gz", zipped(std::string(1 << 22, '\0')), 1 << 20); },
               "x.gz: unpacks to more than 1048576 bytes");
}

TEST(ReadDataset, FollowsTheFileName) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("bitcpp_read_dataset_test" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto first = [&](const std::string& name, const std::string& content) {
    write_file(folder / name, content);
    return read_dataset(folder / name).examples.at(0);
  };
  EXPECT_EQ(first("a.tsv", "text\tlabel\n\"q\tx\n"), (Example{"\"q", "", "x", 2}));
  EXPECT_EQ(first("a.CSV", "text,label\n\"q,r\",x\n"), (Example{"q,r", "", "x", 2}));
  EXPECT_EQ(first("a.csv.gz", zipped("text,label\n\"q,r\",x\n")), (Example{"q,r", "", "x", 2}));
  EXPECT_EQ(first("a.jsonl.gz", zipped("{\"text\": \"t\"}\n")), (Example{"t", "", "", 1}));
  EXPECT_EQ(first("a.json", "[{\"text\": \"t\"}]"), (Example{"t", "", "", 1}));
  EXPECT_EQ(first("a.txt", "text\n"), (Example{"text", "", "", 1}));
  expect_error([&] { first("a.parquet", "x"); }, "a.parquet: expected a name that ends in");
  expect_error([&] { first("b.tsv.gz", "text\tlabel\n"); }, "b.tsv.gz: expected valid gzip data");
  expect_error([&] { read_dataset(folder / "none.tsv"); }, "none.tsv");
  std::filesystem::remove_all(folder);
}

TEST(ReadDataset, SnipsExample) {
  const Dataset data = read_dataset(BITCPP_SOURCE_DIR "/examples/snips/train.tsv");
  EXPECT_EQ(data.examples.size(), 13084u);
  EXPECT_EQ(LabelMap::from(data).names().size(), 7u);
}

}  // namespace
}  // namespace bitcpp
