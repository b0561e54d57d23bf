#include "distill/run_folder.h"

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {

namespace fs = std::filesystem;

namespace {

void require_same(const fs::path& path, const std::string& now, const char* what) {
  if (fs::exists(path) && read_file(path) != now)
    throw Error(path.string() + ": the run was begun with " + what +
                "; give the same, or another --out");
}

/// Whether a run was begun here: its inputs.json is there, or nothing but what is written before
/// it.
bool holds_a_run(const fs::path& folder) {
  if (fs::exists(folder / "inputs.json")) return true;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("recipe.toml") && !name.starts_with("inputs.json")) return false;
  }
  return true;
}

/// What a killed process left under temporary names (base/file.h, train/folder.h).
void remove_temporaries(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().find(".tmp") != std::string::npos)
      fs::remove_all(entry.path());
}

}  // namespace

RunFolder::RunFolder(const fs::path& path, const std::string& recipe, const std::string& inputs,
                     bool resume)
    : path_(path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure || !fs::is_directory(path)) throw Error(path.string() + ": cannot make this folder");
  if (!fs::is_empty(path)) {
    if (!resume)
      throw Error(
          path.string() +
          ": holds files already; --resume goes on with the run in it, or give another --out");
    if (!holds_a_run(path))
      throw Error(path.string() + ": holds files of something else; give another --out");
    remove_temporaries(path);
    require_same(path / "recipe.toml", recipe, "another recipe");
    require_same(path / "inputs.json", inputs, "another model or other data");
  }
  write_file(path / "recipe.toml", recipe);
  write_file(path / "inputs.json", inputs);
}

void RunFolder::drop_checkpoint(const std::string& name) const {
  for (const char* kind : {".checkpoint.safetensors", ".best.safetensors"}) {
    std::error_code ignored;
    fs::remove(path_ / (name + kind), ignored);
  }
}

}  // namespace bitcpp
