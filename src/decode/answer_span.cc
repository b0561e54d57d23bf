#include "decode/answer_span.h"

#include <algorithm>
#include <tuple>

#include "kernels/exact_math.h"

namespace bitcpp {
namespace {

bool comes_before(const AnswerSpan& a, const AnswerSpan& b) {
  if (a.logit != b.logit) return a.logit > b.logit;
  return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
}

/// The best spans seen so far.
class BestSpans {
 public:
  explicit BestSpans(std::size_t limit) : limit_(limit) {}

  void add(const AnswerSpan& span) {
    if (spans_.size() == limit_ && !comes_before(span, spans_.back())) return;
    const auto same = std::find_if(spans_.begin(), spans_.end(), [&](const AnswerSpan& other) {
      return other.begin == span.begin && other.end == span.end;
    });
    if (same != spans_.end()) {
      if (!comes_before(span, *same)) return;
      spans_.erase(same);
    }
    spans_.insert(std::upper_bound(spans_.begin(), spans_.end(), span, comes_before), span);
    if (spans_.size() > limit_) spans_.pop_back();
  }

  std::vector<AnswerSpan> take() { return std::move(spans_); }

 private:
  std::size_t limit_;
  std::vector<AnswerSpan> spans_;
};

void add_probabilities(std::vector<AnswerSpan>& spans) {
  double sum = 0;
  for (AnswerSpan& span : spans)
    sum += span.probability = exact_exp(static_cast<double>(span.logit) - spans.front().logit);
  for (AnswerSpan& span : spans) span.probability /= sum;
}

}  // namespace

std::vector<AnswerSpan> best_spans(std::span<const QuestionWindow> windows,
                                   std::span<const std::span<const float>> logits,
                                   const SpanOptions& options) {
  BestSpans best(options.best);
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const QuestionWindow& window = windows[w];
    const std::vector<Offset>& offsets = window.encoding.offsets;
    for (int start = window.context_begin; start < window.context_end; ++start) {
      const int last = std::min(window.context_end, start + options.max_answer_tokens);
      for (int end = start; end < last; ++end) {
        const auto from = static_cast<std::size_t>(start), to = static_cast<std::size_t>(end);
        best.add(
            {offsets[from].begin, offsets[to].end, logits[w][2 * from] + logits[w][2 * to + 1]});
      }
    }
  }
  std::vector<AnswerSpan> spans = best.take();
  add_probabilities(spans);
  return spans;
}

TokenSpan answer_tokens(const QuestionWindow& window, std::uint32_t begin, std::uint32_t end) {
  const std::vector<Offset>& offsets = window.encoding.offsets;
  const auto at = [&](int token) { return offsets[static_cast<std::size_t>(token)]; };
  if (window.context_begin == window.context_end || at(window.context_begin).begin > begin ||
      at(window.context_end - 1).end < end)
    return {};
  TokenSpan span{window.context_begin, window.context_end - 1};
  while (span.start < window.context_end && at(span.start).end <= begin) ++span.start;
  while (span.end >= window.context_begin && at(span.end).begin >= end) --span.end;
  // An answer of spaces or control characters has no token.
  return span.start <= span.end ? span : TokenSpan{};
}

}  // namespace bitcpp
