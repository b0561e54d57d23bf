#include "decode/words.h"

#include <algorithm>

namespace bitcpp {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";
constexpr std::string_view kOpening = "([{<\"'`";
constexpr std::string_view kClosing = ")]}>\"'`,;:!?.";

void split_piece(std::string_view text, std::size_t begin, std::size_t end,
                 std::vector<Offset>& words) {
  const auto add = [&](std::size_t from, std::size_t to) {
    words.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
  };
  while (end - begin > 1 && kOpening.find(text[begin]) != std::string_view::npos) {
    add(begin, begin + 1);
    ++begin;
  }
  std::size_t tail = end;
  while (tail - begin > 1 && kClosing.find(text[tail - 1]) != std::string_view::npos) {
    const std::string_view rest = text.substr(begin, tail - 1 - begin);
    if (text[tail - 1] == '.' && rest.find('.') != std::string_view::npos) break;
    --tail;
  }
  add(begin, tail);
  for (; tail < end; ++tail) add(tail, tail + 1);
}

}  // namespace

std::vector<Offset> split_words(std::string_view text) {
  std::vector<Offset> words;
  std::size_t end = 0;
  while (true) {
    const std::size_t begin = text.find_first_not_of(kSpaces, end);
    if (begin == std::string_view::npos) return words;
    end = std::min(text.find_first_of(kSpaces, begin), text.size());
    split_piece(text, begin, end, words);
  }
}

std::vector<int> first_tokens(const Encoding& encoding, std::span<const Offset> words) {
  std::vector<int> tokens(words.size(), -1);
  std::size_t token = 0;
  for (std::size_t word = 0; word < words.size(); ++word) {
    // Special tokens have an empty range.
    while (token < encoding.offsets.size() &&
           (encoding.offsets[token].begin == encoding.offsets[token].end ||
            encoding.offsets[token].begin < words[word].begin))
      ++token;
    if (token < encoding.offsets.size() && encoding.offsets[token].begin < words[word].end)
      tokens[word] = static_cast<int>(token);
  }
  return tokens;
}

}  // namespace bitcpp
