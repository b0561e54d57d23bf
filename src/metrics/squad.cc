#include "metrics/squad.h"

#include <utf8proc.h>

#include <algorithm>
#include <map>
#include <vector>

#include "metrics/word_character.h"

namespace bitcpp {
namespace {

/// A code point as read and where it stands; -1 for a byte that begins none.
struct CodePoint {
  utf8proc_int32_t value = -1;
  std::size_t size = 1;
};

CodePoint code_point_at(std::string_view text, std::size_t position) {
  CodePoint result;
  const utf8proc_ssize_t size =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + position),
                       static_cast<utf8proc_ssize_t>(text.size() - position), &result.value);
  if (size > 0) result.size = static_cast<std::size_t>(size);
  return result;
}

void append(std::string& text, utf8proc_int32_t code) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size = utf8proc_encode_char(code, bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

/// Python's string.punctuation.
bool is_punctuation(utf8proc_int32_t code) {
  return (code >= 33 && code <= 47) || (code >= 58 && code <= 64) || (code >= 91 && code <= 96) ||
         (code >= 123 && code <= 126);
}

/// Python's str.lower(), then without punctuation.
std::string lower_without_punctuation(std::string_view text) {
  constexpr utf8proc_int32_t kCapitalDottedI = 0x130, kCombiningDot = 0x307;
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    if (point.value < 0) {
      result += text[i];
    } else if (point.value == kCapitalDottedI) {
      result += 'i';
      append(result, kCombiningDot);
    } else if (!is_punctuation(point.value)) {
      append(result, utf8proc_tolower(point.value));
    }
    i += point.size;
  }
  return result;
}

/// What Python's str.split() splits at.
bool is_space(utf8proc_int32_t code) {
  if ((code >= 9 && code <= 13) || (code >= 28 && code <= 32) || code == 0x85) return true;
  const utf8proc_category_t category = code < 0 ? UTF8PROC_CATEGORY_CN : utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

/// Every whole word a, an, the becomes a space.
std::string without_articles(std::string_view text) {
  std::string result;
  std::size_t word = 0;  // where the current run of word characters begins
  const auto end_word = [&](std::size_t end) {
    const std::string_view run = text.substr(word, end - word);
    if (run == "a" || run == "an" || run == "the")
      result += ' ';
    else
      result += run;
  };
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    if (point.value < 0 || !is_word_character(point.value)) {
      end_word(i);
      result += text.substr(i, point.size);
      word = i + point.size;
    }
    i += point.size;
  }
  end_word(text.size());
  return result;
}

std::vector<std::string> words_of_answer(std::string_view answer) {
  const std::string text = without_articles(lower_without_punctuation(answer));
  std::vector<std::string> words;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    const bool space = is_space(point.value);
    if (!space && !inside) words.emplace_back();
    if (!space) words.back().append(text, i, point.size);
    inside = !space;
    i += point.size;
  }
  return words;
}

double f1_of(const std::vector<std::string>& predicted, const std::vector<std::string>& expected) {
  std::map<std::string_view, std::size_t> left;
  for (const std::string& word : expected) ++left[word];
  std::size_t common = 0;
  for (const std::string& word : predicted) {
    const auto found = left.find(word);
    if (found == left.end() || found->second == 0) continue;
    --found->second;
    ++common;
  }
  if (common == 0) return 0;
  const double precision = static_cast<double>(common) / static_cast<double>(predicted.size());
  const double recall = static_cast<double>(common) / static_cast<double>(expected.size());
  return 2 * precision * recall / (precision + recall);
}

}  // namespace

std::string normalized_answer(std::string_view answer) {
  std::string result;
  for (const std::string& word : words_of_answer(answer)) {
    if (!result.empty()) result += ' ';
    result += word;
  }
  return result;
}

bool exact_match(std::string_view answer, std::span<const std::string> accepted) {
  const std::string normal = normalized_answer(answer);
  return std::any_of(accepted.begin(), accepted.end(), [&](const std::string& expected) {
    return normalized_answer(expected) == normal;
  });
}

double answer_f1(std::string_view answer, std::span<const std::string> accepted) {
  const std::vector<std::string> predicted = words_of_answer(answer);
  double best = 0;
  for (const std::string& expected : accepted)
    best = std::max(best, f1_of(predicted, words_of_answer(expected)));
  return best;
}

}  // namespace bitcpp
