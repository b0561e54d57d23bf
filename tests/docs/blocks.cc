#include "docs/blocks.h"

#include <sstream>
#include <string_view>

#include "base/file.h"

namespace bitcpp {
namespace {

/// What stands behind `key` in a line "<!-- KEY: ... -->", or "".
std::string marked(std::string_view line, std::string_view key) {
  const std::string begin = "<!-- " + std::string(key) + ": ", end = " -->";
  if (!line.starts_with(begin) || !line.ends_with(end)) return "";
  return std::string(line.substr(begin.size(), line.size() - begin.size() - end.size()));
}

}  // namespace

std::vector<std::filesystem::path> documents() {
  const std::filesystem::path root = BITCPP_SOURCE_DIR;
  std::vector<std::filesystem::path> found = {root / "README.md", root / "CONTRIBUTING.md"};
  for (const char* folder : {"bench", "models", "python", "results", "tests/fuzz"})
    found.push_back(root / folder / "README.md");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  return found;
}

std::vector<Block> blocks_of(const std::filesystem::path& document) {
  std::vector<Block> blocks;
  std::istringstream lines(read_file(document));
  bool inside = false;
  int number = 0;
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    ++number;
    if (line.starts_with("```")) {
      if (!inside)
        blocks.push_back(
            {number, line.substr(3), "", marked(before, "run by"), marked(before, "not run")});
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

std::vector<Command> commands_of(const Block& block) {
  std::vector<Command> commands;
  const bool console = block.language == "console";
  std::istringstream lines(block.text);
  bool continued = false;
  int number = block.line;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const bool begins = !continued && (!console || line.starts_with("$ "));
    if (begins) {
      commands.push_back({number, line.substr(console ? 2 : 0) + "\n", console, ""});
    } else if (continued) {
      commands.back().text += line + "\n";
    } else if (!commands.empty()) {
      commands.back().output += line + "\n";
    }
    continued = (begins || continued) && line.ends_with("\\");
  }
  return commands;
}

}  // namespace bitcpp
