// Questions and contexts in, answers cut from the contexts out.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "decode/answer_span.h"
#include "model/sequence_runner.h"

namespace bitcpp {

struct Question {
  std::string_view question, context;
};

struct Answers {
  std::vector<AnswerSpan> best;  // best first; bytes of the context; empty for an empty context
  bool truncated = false;        // the question was cut; a long context never is

  /// The best answer, a piece of `context`; empty when there is none.
  std::string_view text(std::string_view context) const {
    if (best.empty()) return {};
    return context.substr(best[0].begin, best[0].end - best[0].begin);
  }
};

/// Thread-safe, as every function here is const.
class Answerer {
 public:
  /// Throws Error as Encoder::open does, for options that make no sense, and for a model of another
  /// task.
  static Answerer open(const std::filesystem::path& path, const PredictorOptions& options = {},
                       const SpanOptions& spans = {});
  static Answerer from(Encoder encoder, const PredictorOptions& options = {},
                       const SpanOptions& spans = {});
  Answerer(Answerer&&) noexcept;
  Answerer& operator=(Answerer&&) noexcept;
  ~Answerer();

  const SequenceRunner& runner() const;

  /// In order; the same results for every number of threads. Throws Error for a question that is
  /// too long under LongText::kRefuse, naming its place from 1.
  std::vector<Answers> answer(std::span<const Question> questions) const;

 private:
  struct State;
  explicit Answerer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bitcpp
