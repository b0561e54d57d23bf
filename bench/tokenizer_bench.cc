// Time of the tokenizer over the lines of files, on one thread: bench/tokenizer.py runs it beside
// Hugging Face's.
//
//   tokenizer_bench cased|uncased VOCAB.txt FILE... prints one JSON object a file: the fastest of
//   seven passes.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

std::vector<std::string> lines_of(const std::string& content) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    lines.push_back(content.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void measure(const Tokenizer& tokenizer, const std::string& path) {
  const std::string content = read_file(path);
  const std::vector<std::string> lines = lines_of(content);
  double best = 1e9;
  std::size_t tokens = 0;
  for (int pass = 0; pass < 7; ++pass) {
    const double start = processor_seconds();
    std::vector<Encoding> encodings;
    encodings.reserve(lines.size());
    for (const std::string& line : lines) encodings.push_back(tokenizer.encode(line, 1u << 30));
    best = std::min(best, processor_seconds() - start);
    tokens = 0;
    for (const Encoding& encoding : encodings) tokens += encoding.ids.size();
  }
  std::printf("{\"file\":\"%s\",\"texts\":%zu,\"tokens\":%zu,\"seconds\":%.6f,\"mb_per_s\":%.1f}\n",
              path.c_str(), lines.size(), tokens, best,
              static_cast<double>(content.size()) / 1e6 / best);
}

}  // namespace
}  // namespace bitcpp

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: tokenizer_bench cased|uncased VOCAB.txt FILE...\n";
    return bitcpp::kBadInput;
  }
  try {
    const bool lowercase = std::string(argv[1]) != "cased";
    const bitcpp::Tokenizer tokenizer(bitcpp::read_file(argv[2]), {lowercase, lowercase, true});
    for (int i = 3; i < argc; ++i) bitcpp::measure(tokenizer, argv[i]);
  } catch (const bitcpp::Error& error) {
    std::cerr << "tokenizer_bench: " << error.what() << "\n";
    return bitcpp::kBadInput;
  }
}
