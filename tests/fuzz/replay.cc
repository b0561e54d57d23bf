// Runs a fuzz target over a kept corpus without libFuzzer: replay_NAME FOLDER...
//
// Each file is run as it is and cut short at up to 256 places. A target that finds something wrong
// aborts; no file at all is an error, so that a lost corpus does not pass.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// In a block of exactly `size` bytes, so that a sanitizer sees the first byte read past it.
void run(const std::string& content, std::size_t size) {
  const std::vector<std::uint8_t> bytes(content.begin(),
                                        content.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      const std::string content = bitcpp::read_file(entry.path());
      run(content, content.size());
      const std::size_t step = std::max<std::size_t>(1, content.size() / 256);
      for (std::size_t size = 0; size < content.size(); size += step) run(content, size);
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files == 0;
}
