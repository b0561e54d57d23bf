#include "decode/windows.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr std::size_t kMaxQuestion = 64;
constexpr std::size_t kSpecialTokens = 3;
constexpr std::size_t kLeastLength = 16;

struct Tokens {
  std::vector<std::int32_t> ids;
  std::vector<Offset> offsets;

  Tokens(const Tokenizer& tokenizer, std::string_view text) {
    tokenizer.tokenize(text, ids, &offsets);
  }
};

}  // namespace

std::vector<QuestionWindow> question_windows(const Tokenizer& tokenizer, std::string_view question,
                                             std::string_view context,
                                             const WindowOptions& options) {
  if (options.max_length < kLeastLength)
    throw Error("max_length is " + std::to_string(options.max_length) + ", expected at least " +
                std::to_string(kLeastLength) + " for a question and its context");
  // [CLS] question [SEP], with the question's offsets blanked: answers come from the context alone.
  Encoding head = tokenizer.encode(question, options.max_length);
  const std::size_t room = options.max_length - kSpecialTokens;
  const std::size_t asked = std::min({head.ids.size() - 2, kMaxQuestion, room / 2});
  const bool cut = head.truncated || asked < head.ids.size() - 2;
  const std::int32_t separator = head.ids.back();
  head.ids.resize(asked + 1);
  head.ids.push_back(separator);

  const Tokens tokens(tokenizer, context);
  const std::size_t size = tokens.ids.size(), most = room - asked;
  const std::size_t step = most - std::min(options.stride, most / 2);
  std::vector<QuestionWindow> windows;
  for (std::size_t begin = 0;; begin += step) {
    const std::size_t end = std::min(begin + most, size);
    QuestionWindow& window = windows.emplace_back();
    Encoding& encoding = window.encoding;
    encoding.truncated = cut;
    encoding.ids = head.ids;
    window.context_begin = static_cast<int>(head.ids.size());
    encoding.ids.insert(encoding.ids.end(), tokens.ids.begin() + static_cast<long>(begin),
                        tokens.ids.begin() + static_cast<long>(end));
    window.context_end = static_cast<int>(encoding.ids.size());
    encoding.ids.push_back(separator);
    encoding.type_ids.assign(head.ids.size(), 0);
    encoding.type_ids.resize(encoding.ids.size(), 1);
    encoding.offsets.assign(encoding.ids.size(), {});
    std::copy(tokens.offsets.begin() + static_cast<long>(begin),
              tokens.offsets.begin() + static_cast<long>(end),
              encoding.offsets.begin() + window.context_begin);
    if (end == size) return windows;
  }
}

}  // namespace bitcpp
