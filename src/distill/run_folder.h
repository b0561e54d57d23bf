// The folder of one run: what lies where, and whether a run may begin or go on in it.
#pragma once

#include <filesystem>
#include <string>

namespace bitcpp {

/// OUT/recipe.toml, inputs.json, log.jsonl, STAGE/ (trained, Hugging Face layout),
/// STAGE.safetensors (packed; the chosen stage's is model.safetensors), report.json,
/// judgements.json, report.html, tensorboard/. While a stage trains: STAGE.checkpoint.safetensors,
/// STAGE.best.safetensors.
class RunFolder {
 public:
  /// Begins a run in `path` (made if missing, else empty), or goes on in one with `resume`: recipe
  /// and inputs must then be those it was begun with. Throws Error.
  RunFolder(const std::filesystem::path& path, const std::string& recipe, const std::string& inputs,
            bool resume);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path stage(const std::string& name) const { return path_ / name; }
  std::filesystem::path packed(const std::string& name) const {
    return path_ / (name + ".safetensors");
  }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }
  /// Removes what a stage needed while it trained.
  void drop_checkpoint(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace bitcpp
