#include "train/kept_checkpoints.h"

#include <cstdio>
#include <set>

#include "train/folder.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInfix = "-step-";

std::string checkpoint_name(const std::string& stage, std::int64_t step) {
  char number[24];
  std::snprintf(number, sizeof number, "%07lld", static_cast<long long>(step));
  return stage + kInfix + number;
}

}  // namespace

void keep_checkpoint(const KeptCheckpoints& kept, std::int64_t step, const Network& network,
                     const fs::path& tokenizer_source) {
  const std::string name = checkpoint_name(kept.stage, step);
  fs::remove_all(kept.folder / name);
  save_network(kept.folder / name, network, tokenizer_source);
  // Equally long numbers sort as numbers do; a longer one is later.
  const auto earlier = [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::set<std::string, decltype(earlier)> there(earlier);
  for (const auto& entry : fs::directory_iterator(kept.folder)) {
    const std::string other = entry.path().filename().string();
    if (other.starts_with(kept.stage + kInfix) && !other.ends_with(".tmp")) there.insert(other);
  }
  for (auto later = there.upper_bound(name); later != there.end(); later = there.erase(later))
    fs::remove_all(kept.folder / *later);
  for (; there.size() > static_cast<std::size_t>(kept.count); there.erase(there.begin()))
    fs::remove_all(kept.folder / *there.begin());
}

void move_kept_checkpoints(const fs::path& from, const fs::path& to) {
  std::set<fs::path> kept;
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().filename().string().find(kInfix) != std::string::npos)
      kept.insert(entry.path());
  for (const fs::path& path : kept) fs::rename(path, to / path.filename());
}

}  // namespace bitcpp
