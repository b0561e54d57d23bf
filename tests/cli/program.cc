#include "cli/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "base/file.h"

namespace bitcpp {
namespace {

/// Starts `arguments` in `folder` with the three streams on files: no pipe can fill up and block.
int run_redirected(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                   const std::filesystem::path& in, const std::filesystem::path& out,
                   const std::filesystem::path& err) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    const int in_fd = open(in.c_str(), O_RDONLY);
    const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const bool ready = chdir(folder.c_str()) == 0 && dup2(in_fd, 0) == 0 && dup2(out_fd, 1) == 1 &&
                       dup2(err_fd, 2) == 2;
    if (ready) execv(pointers[0], pointers.data());
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("lost the child process");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Outcome run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                    std::string_view input) {
  const TemporaryFolder streams;
  const std::filesystem::path in = streams.write("in", input);
  Outcome outcome;
  outcome.status =
      run_redirected(arguments, folder, in, streams.path() / "out", streams.path() / "err");
  outcome.out = read_file(streams.path() / "out");
  outcome.err = read_file(streams.path() / "err");
  return outcome;
}

}  // namespace

Outcome run_shell(const std::string& command, const std::filesystem::path& folder,
                  std::string_view input) {
  return run_program({"/bin/bash", "-c", command}, folder, input);
}

Outcome run_bit(const std::vector<std::string>& arguments, std::string_view input) {
  std::vector<std::string> all = {std::string(BITCPP_BINARY_DIR) + "/bit"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program(all, BITCPP_SOURCE_DIR, input);
}

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) values.push_back(nlohmann::json::parse(line));
  return values;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

int line_count(std::string_view text) {
  const int ends = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  return text.empty() || text.back() == '\n' ? ends : ends + 1;
}

std::filesystem::path shipped_model() {
  return std::filesystem::path(BITCPP_SOURCE_DIR) / "models" / "snips-minilm-w1a1.safetensors";
}

std::filesystem::path snips_validation() {
  return std::filesystem::path(BITCPP_SOURCE_DIR) / "examples" / "snips" / "valid.tsv";
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "bitcpp-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name,
                                             std::string_view content) const {
  write_file(path_ / name, content);
  return path_ / name;
}

}  // namespace bitcpp
