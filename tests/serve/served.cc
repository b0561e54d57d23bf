#include "serve/served.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/file.h"

namespace bitcpp {

Served::Served(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {std::string(BITCPP_BINARY_DIR) + "/bit", "serve"});
  arguments.insert(arguments.end(), {"--port", "0"});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string err = folder_.write("err", "").string();
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("cannot fork");
  if (process_ == 0) {
    const int fd = open(err.c_str(), O_WRONLY | O_APPEND);
    if (fd >= 0 && dup2(fd, 2) == 2) execv(pointers[0], pointers.data());
    _exit(127);
  }
  if (!logs("http://")) throw std::runtime_error("bit serve does not start: " + log());
  const std::string line = log();
  port_ = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

Served::~Served() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Served::signal(int number) const { kill(process_, number); }

int Served::wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Served::log() const { return read_file(folder_.path() / "err"); }

bool Served::logs(const std::string& text) const {
  for (int i = 0; i < 2000; ++i) {
    const std::string found = log();
    if (contains(found, text) && found.back() == '\n') return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace bitcpp
