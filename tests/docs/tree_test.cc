// What no file of the source tree may hold: paths of one developer's machine, hosts to download
// from.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"

namespace bitcpp {
namespace {

/// Folders that .gitignore keeps out of the repository.
bool ignored(const std::string& name) {
  const std::vector<std::string> names = {".git", ".cache", "weights", "__pycache__"};
  return name.rfind("build", 0) == 0 || std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::filesystem::path> source_files() {
  std::vector<std::filesystem::path> files;
  std::filesystem::recursive_directory_iterator entry(BITCPP_SOURCE_DIR), end;
  for (; entry != end; ++entry) {
    const bool skip = ignored(entry->path().filename().string());
    if (entry->is_directory() && skip) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && !skip) {  // .git is a file in a git worktree
      files.push_back(entry->path());
    }
  }
  return files;
}

TEST(SourceTree, NamesNoMachineAndNoRegistry) {
  // Each in two parts, or this file would find itself.
  const std::vector<std::string> forbidden = {
      std::string("/wo") + "rk/",         std::string("/ro") + "ot/",
      std::string("py") + "pi.org",       std::string("python") + "hosted.org",
      std::string("deb.de") + "bian.org", std::string("hugging") + "face.co",
      std::string("npm") + "js.org",      std::string("crates") + ".io"};
  const auto files = source_files();
  ASSERT_GT(files.size(), 50u);
  for (const std::filesystem::path& file : files) {
    const std::string content = read_file(file);
    for (const std::string& name : forbidden) {
      const std::size_t at = content.find(name);
      EXPECT_EQ(at, std::string::npos)
          << file << " line "
          << std::count(content.begin(), content.begin() + std::min(at, content.size()), '\n') + 1
          << " names " << name;
    }
  }
}

TEST(SourceTree, LicenceIsThere) {
  const std::string licence = read_file(std::filesystem::path(BITCPP_SOURCE_DIR) / "LICENSE");
  EXPECT_NE(licence.find("Apache License"), std::string::npos);
}

}  // namespace
}  // namespace bitcpp
