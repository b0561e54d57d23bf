#include "model/answerer.h"

#include "base/error.h"

namespace bitcpp {

struct Answerer::State {
  SequenceRunner runner;
  SpanOptions spans;
};

Answerer::Answerer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Answerer::Answerer(Answerer&&) noexcept = default;
Answerer& Answerer::operator=(Answerer&&) noexcept = default;
Answerer::~Answerer() = default;

Answerer Answerer::open(const std::filesystem::path& path, const PredictorOptions& options,
                        const SpanOptions& spans) {
  return from(Encoder::open(path), options, spans);
}

Answerer Answerer::from(Encoder encoder, const PredictorOptions& options,
                        const SpanOptions& spans) {
  if (encoder.config().task != "question-answering")
    throw Error("a model for " + encoder.config().task + ", expected one for question-answering");
  return Answerer(std::unique_ptr<State>(new State{{std::move(encoder), options}, spans}));
}

const SequenceRunner& Answerer::runner() const { return state_->runner; }

std::vector<Answers> Answerer::answer(std::span<const Question> questions) const {
  const SequenceRunner& runner = state_->runner;
  const WindowOptions options{runner.options().max_length,
                              static_cast<std::size_t>(runner.encoder().config().stride)};
  std::vector<std::vector<QuestionWindow>> windows(questions.size());
  std::size_t bytes = 0;
  for (const Question& question : questions)
    bytes += question.question.size() + question.context.size();
  runner.for_each(questions.size(), bytes, [&](std::size_t i) {
    windows[i] =
        question_windows(runner.tokenizer(), questions[i].question, questions[i].context, options);
    runner.check_length(windows[i].front().encoding.truncated, i);
  });

  std::vector<Encoding> encodings;
  std::vector<std::size_t> first;  // of each question among all windows
  for (const auto& own : windows) {
    first.push_back(encodings.size());
    for (const QuestionWindow& window : own) encodings.push_back(window.encoding);
  }
  const std::vector<std::vector<float>> logits = runner.run(encodings);

  std::vector<Answers> answers(questions.size());
  runner.for_each(questions.size(), bytes, [&](std::size_t i) {
    const auto from = logits.begin() + static_cast<std::ptrdiff_t>(first[i]);
    const std::vector<std::span<const float>> own(
        from, from + static_cast<std::ptrdiff_t>(windows[i].size()));
    answers[i] = {best_spans(windows[i], own, state_->spans),
                  windows[i].front().encoding.truncated};
  });
  return answers;
}

}  // namespace bitcpp
