// The fenced blocks of a page of the documents, and the commands in them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bitcpp {

/// A block between ``` and ```. A comment on the line before it may say who else runs it, or why
/// nobody does:
///
///     <!-- run by: tests/package/installed_library.sh -->
///     <!-- not run: needs root -->
struct Block {
  int line = 0;  // of the opening fence, from 1
  std::string language, text;
  std::string run_by, not_run;

  bool marked() const { return !run_by.empty() || !not_run.empty(); }
};

/// A command and what the page says that it prints.
struct Command {
  int line = 0;
  std::string text;
  bool says_output = false;
  std::string output;  // "..." stands for any text
};

/// The README, CONTRIBUTING, every page of docs/, and what lies beside models, measurements,
/// results, fuzzers and the Python module.
std::vector<std::filesystem::path> documents();

std::vector<Block> blocks_of(const std::filesystem::path& document);

/// Those of a block marked `console` ("$ ...", continued after a backslash, followed by what is
/// printed) or `sh` (a command a line, continued after a backslash).
std::vector<Command> commands_of(const Block& block);

}  // namespace bitcpp
