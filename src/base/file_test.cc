#include "base/file.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bitcpp {
namespace {

std::filesystem::path fresh_folder(const char* name) {
  auto folder = std::filesystem::path(testing::TempDir()) / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(File, WhatIsWrittenIsReadAndMapped) {
  auto path = fresh_folder("file_round") / "a";
  std::string content("a\0b\n", 4);
  write_file(path, content);
  EXPECT_EQ(read_file(path), content);
  MappedFile mapped(path);
  EXPECT_EQ(std::string(mapped.bytes().begin(), mapped.bytes().end()), content);
  EXPECT_EQ(entries(path.parent_path()), 1u);
}

TEST(File, AnAbandonedWriteLeavesTheOldFileAndNothingElse) {
  auto path = fresh_folder("file_abandoned") / "a";
  write_file(path, "old");
  {
    AtomicFile file(path);
    file.stream() << "new";
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(path.parent_path()), 1u);
}

TEST(File, ErrorsNameTheFile) {
  for (auto fails : {+[] { read_file("/nowhere/x"); }, +[] { MappedFile("/nowhere/x"); },
                     +[] { write_file("/nowhere/x", "y"); }}) {
    try {
      fails();
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("/nowhere/x"), std::string::npos) << error.what();
    }
  }
}

TEST(File, ALimitIsKept) {
  auto path = fresh_folder("file_limit") / "a";
  write_file(path, std::string(1000, 'x'));
  EXPECT_EQ(read_file(path, 1000).size(), 1000u);
  EXPECT_THROW(read_file(path, 999), Error);
}

TEST(File, AFolderIsNotAFile) {
  auto folder = fresh_folder("file_folder");
  EXPECT_THROW(read_file(folder), Error);
  EXPECT_THROW(MappedFile{folder}, Error);
}

}  // namespace
}  // namespace bitcpp
