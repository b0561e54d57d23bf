#include "results/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "results/commit_id.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestStore = std::size_t{256} << 20;

void expect(bool holds, const std::string& where, const char* what) {
  if (!holds) throw Error(where + ": expected " + what);
}

/// Holds a folder's lock: a lock file would stay behind, and the store itself is replaced.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_ < 0 || ::flock(folder_, LOCK_EX) != 0) {
      if (folder_ >= 0) ::close(folder_);
      throw Error(folder.string() + ": cannot be locked for writing");
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { ::close(folder_); }

 private:
  int folder_;
};

bool is_text(const ResultLine& line, const char* key) {
  return line.contains(key) && line[key].is_string();
}

}  // namespace

void check_result(const ResultLine& line, const std::string& where) {
  expect(line.is_object(), where, "a JSON object");
  for (const char* key : {"task", "recipe", "model", "metric", "machine", "commit", "date"})
    if (!is_text(line, key)) throw Error(where + ": expected \"" + key + "\" as a string");
  expect(line.contains("seed") && line["seed"].is_number_integer(), where,
         "\"seed\" as an integer");
  expect(line.contains("settings") && line["settings"].is_array(), where,
         "\"settings\" as an array");
  for (const auto& setting : line["settings"])
    expect(setting.is_string(), where, "\"settings\" as strings");
  expect(line.contains("rows") && line["rows"].is_array() && !line["rows"].empty(), where,
         "\"rows\" as an array with a row");
  for (const auto& row : line["rows"])
    expect(row.is_object() && is_text(row, "name"), where, "every row to have a \"name\"");
}

std::vector<ResultLine> read_results(const fs::path& store) {
  std::vector<ResultLine> results;
  if (!fs::exists(store)) return results;
  std::istringstream lines(read_file(store, kLargestStore));
  int number = 0;
  for (std::string text; std::getline(lines, text);) {
    ++number;
    if (text.empty()) continue;
    const std::string where = store.string() + ":" + std::to_string(number);
    ResultLine line = ResultLine::parse(text, nullptr, false);
    expect(!line.is_discarded(), where, "a JSON object");
    check_result(line, where);
    results.push_back(std::move(line));
  }
  return results;
}

void append_result(const fs::path& store, const ResultLine& line) {
  check_result(line, "result");
  const fs::path folder = fs::absolute(store).parent_path();
  std::error_code failure;
  fs::create_directories(folder, failure);
  const FolderLock lock(folder);
  const std::vector<ResultLine> there = read_results(store);
  if (std::find(there.begin(), there.end(), line) != there.end()) return;
  std::string content = fs::exists(store) ? read_file(store, kLargestStore) : "";
  if (!content.empty() && content.back() != '\n') content += '\n';
  write_file(store, content + line.dump() + "\n");
}

std::string built_from_commit() { return BITCPP_COMMIT; }

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace bitcpp
