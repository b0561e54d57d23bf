// A question and its context as sequences that fit a model: windows over a long context.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace bitcpp {

/// [CLS] question [SEP] part of the context [SEP].
struct QuestionWindow {
  Encoding encoding;  // offsets of the context's tokens point into the whole context
  int context_begin = 0, context_end = 0;  // tokens of the context within the sequence
};

struct WindowOptions {
  std::size_t max_length = 384;  // tokens of a window, special ones included
  std::size_t stride = 128;      // tokens that neighbouring windows share
};

/// The windows of one context, in order, at least one. A question of more than 64 tokens, or of
/// more than half of the room, is cut there (and `truncated` set), as in BERT's run_squad.py; the
/// stride is at most half of a window's context. Throws Error for a max_length below 16.
std::vector<QuestionWindow> question_windows(const Tokenizer& tokenizer, std::string_view question,
                                             std::string_view context,
                                             const WindowOptions& options);

}  // namespace bitcpp
