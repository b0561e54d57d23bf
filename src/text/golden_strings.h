// The texts that tests/golden/make_tokenizer_golden.py took its expected results from, made anew.
// For tests only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace bitcpp {

inline std::filesystem::path golden_folder() {
  return std::filesystem::path(BITCPP_SOURCE_DIR) / "tests/golden/tokenizer";
}

/// Lines without their ends; a line end at the end of the content begins no further line.
inline std::vector<std::string> split_lines(const std::string& content) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    lines.push_back(content.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Lines of a golden file without its comments.
inline std::vector<std::string> golden_lines(const std::string& name) {
  std::vector<std::string> lines = split_lines(read_file(golden_folder() / name));
  std::erase_if(lines, [](const std::string& line) { return line.starts_with('#'); });
  return lines;
}

/// xorshift64*.
class GoldenRandom {
 public:
  explicit GoldenRandom(std::uint64_t seed) : x_(seed) {}

  std::uint32_t below(std::uint32_t n) {
    x_ ^= x_ >> 12;
    x_ ^= x_ << 25;
    x_ ^= x_ >> 27;
    const std::uint64_t number = (x_ * 2685821657736338717u) >> 32;
    return static_cast<std::uint32_t>((number * n) >> 32);
  }

 private:
  std::uint64_t x_;
};

/// FNV-1a over 32-bit words.
class GoldenHash {
 public:
  void add(std::uint32_t word) { value_ = (value_ ^ word) * 0x100000001B3; }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325;
};

inline std::string utf8_of(char32_t point) {
  if (point >= 0xD800 && point <= 0xDFFF) point = ' ';
  char bytes[4];
  return std::string(bytes, encode_utf8(point, bytes));
}

/// The 100,000 random strings, one after the other.
class GoldenStrings {
 public:
  GoldenStrings() {
    for (const std::string& line : golden_lines("random_classes.txt")) {
      std::istringstream fields(line);
      std::uint32_t first = 0, last = 0, weight = 0;
      fields >> std::hex >> first >> last >> std::dec >> weight;
      picks_.insert(picks_.end(), weight, {first, last});
    }
  }

  std::string next() {
    const bool is_long = random_.below(64) == 0;
    const std::uint32_t length = is_long ? 90 + random_.below(40) : 1 + random_.below(32);
    std::string text;
    Class picked{};
    for (std::uint32_t i = 0; i < length; ++i) {
      if (i == 0 || !is_long)
        picked = picks_[random_.below(static_cast<std::uint32_t>(picks_.size()))];
      text += utf8_of(picked.first + random_.below(picked.last - picked.first + 1));
    }
    return text;
  }

 private:
  struct Class {
    std::uint32_t first, last;
  };
  std::vector<Class> picks_;
  GoldenRandom random_{0x9E3779B97F4A7C15};
};

/// Every character below U+20000 as a token of its own, so that ids show the normalized text.
inline std::string character_vocabulary() {
  std::string lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (char32_t point = 0x21; point < 0x20000; ++point) {
    if ((point >= 0x7F && point <= 0xA0) || (point >= 0xD800 && point <= 0xDFFF)) continue;
    const std::string character = utf8_of(point);
    lines += character + "\n##" + character + "\n";
  }
  return lines;
}

/// Hash of the ids and offsets of texts.
inline std::uint64_t golden_hash(const Tokenizer& tokenizer,
                                 const std::vector<std::string>& texts) {
  GoldenHash hash;
  std::vector<std::int32_t> ids;
  std::vector<Offset> offsets;
  for (const std::string& text : texts) {
    ids.clear();
    offsets.clear();
    tokenizer.tokenize(text, ids, &offsets);
    hash.add(static_cast<std::uint32_t>(ids.size()));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      hash.add(static_cast<std::uint32_t>(ids[i]));
      hash.add(offsets[i].begin);
      hash.add(offsets[i].end);
    }
  }
  return hash.value();
}

}  // namespace bitcpp
