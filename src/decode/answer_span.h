// The best answers to a question, from the start and end logits of its windows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/windows.h"

namespace bitcpp {

/// Bytes [begin, end) of the context.
struct AnswerSpan {
  std::uint32_t begin = 0, end = 0;
  float logit = 0;         // start logit + end logit
  double probability = 0;  // softmax of the logits of the answers given together with this one
};

struct SpanOptions {
  std::size_t best = 20;       // answers at most
  int max_answer_tokens = 30;  // as in BERT's run_squad.py
};

/// The answers of highest logit over all windows, best first: from one token of the context to the
/// same or a later one of the same window. The same bytes seen in two windows count once, at their
/// higher logit. Of equal logits the earlier and then the shorter comes first. Empty when the
/// context has no token. `logits[w]`: (tokens of window w, 2), start and end.
std::vector<AnswerSpan> best_spans(std::span<const QuestionWindow> windows,
                                   std::span<const std::span<const float>> logits,
                                   const SpanOptions& options = {});

/// Tokens of the window that an answer's bytes [begin, end) lie in: the first that ends behind
/// `begin`, the last that begins before `end`. {0, 0}, the [CLS], when the window does not hold the
/// whole answer: what training teaches such a window to say.
struct TokenSpan {
  int start = 0, end = 0;
};
TokenSpan answer_tokens(const QuestionWindow& window, std::uint32_t begin, std::uint32_t end);

}  // namespace bitcpp
