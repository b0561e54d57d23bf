// Runs the built `bit` as a user would, and what tests need around it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

struct Outcome {
  int status = 0;  // exit status, or 128 + signal
  std::string out, err;
};

/// Runs `command` with /bin/bash in `folder`, with `input` on its stdin.
Outcome run_shell(const std::string& command, const std::filesystem::path& folder,
                  std::string_view input = "");

/// Runs build/bit with these arguments in the source folder.
Outcome run_bit(const std::vector<std::string>& arguments, std::string_view input = "");

/// One JSON value per line of `text`.
std::vector<nlohmann::json> json_lines(const std::string& text);
/// Whether `text` holds `part`.
bool contains(std::string_view text, std::string_view part);
/// Number of lines; text after the last line end counts as one.
int line_count(std::string_view text);

/// The model that ships with the repository, and its task's validation file.
std::filesystem::path shipped_model();
std::filesystem::path snips_validation();

/// A folder of its own that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file in the folder and returns its path.
  std::filesystem::path write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace bitcpp
