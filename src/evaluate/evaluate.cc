#include "evaluate/evaluate.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/task_metrics.h"
#include "model/answerer.h"
#include "model/predictor.h"
#include "model/tagger.h"

namespace bitcpp {
namespace {

/// Texts per call of the model: enough for every thread, little memory.
constexpr std::size_t kChunk = 4096;

/// One kind of model as this room sees it: it runs examples and keeps score.
class Judge {
 public:
  virtual ~Judge() = default;
  /// Answers examples [first, first + count) and counts them; adds the numbers of those whose text
  /// was cut.
  virtual void add(std::size_t first, std::size_t count, std::vector<std::size_t>& truncated) = 0;
  virtual nlohmann::ordered_json metrics() const = 0;
  virtual std::size_t max_length() const = 0;
};

class TextJudge : public Judge {
 public:
  TextJudge(Predictor predictor, const Dataset& dataset)
      : predictor_(std::move(predictor)),
        dataset_(dataset),
        labels_(predictor_.config().labels),
        pair_(predictor_.config().pair) {}

  void add(std::size_t first, std::size_t count, std::vector<std::size_t>& truncated) override {
    std::vector<TextInput> inputs;
    for (std::size_t i = first; i < first + count; ++i)
      inputs.push_back({dataset_.examples[i].text, dataset_.examples[i].pair, pair_});
    const std::vector<Prediction> predictions = predictor_.predict(inputs);
    for (std::size_t i = 0; i < count; ++i) {
      if (predictions[i].truncated) truncated.push_back(first + i);
      compare(dataset_.examples[first + i], predictions[i]);
    }
  }

  std::size_t max_length() const override { return predictor_.max_length(); }
  nlohmann::ordered_json metrics() const override {
    return predictor_.regression()
               ? regression_metrics(predicted_values_, actual_values_)
               : classification_metrics(predicted_, actual_, labels_.names().size());
  }

 private:
  void compare(const Example& example, const Prediction& prediction) {
    if (predictor_.regression()) {
      actual_values_.push_back(numeric_label(dataset_, example));
      predicted_values_.push_back(prediction.score);
    } else {
      actual_.push_back(labels_.index(dataset_, example));
      predicted_.push_back(prediction.label);
    }
  }

  Predictor predictor_;
  const Dataset& dataset_;
  LabelMap labels_;
  bool pair_;
  std::vector<int> predicted_, actual_;
  std::vector<double> predicted_values_, actual_values_;
};

class TagJudge : public Judge {
 public:
  TagJudge(Tagger tagger, const Dataset& dataset)
      : tagger_(std::move(tagger)), dataset_(dataset), labels_(tagger_.labels()) {}

  void add(std::size_t first, std::size_t count, std::vector<std::size_t>& truncated) override {
    std::vector<std::vector<Offset>> words(count);
    std::vector<TagInput> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      const Example& example = dataset_.examples[first + i];
      for (const TaggedWord& word : example.words) words[i].push_back({word.begin, word.end});
      inputs.push_back({example.text, words[i]});
    }
    const std::vector<TaggedText> tagged = tagger_.tag(inputs);
    for (std::size_t i = 0; i < count; ++i) {
      if (tagged[i].truncated) truncated.push_back(first + i);
      compare(dataset_.examples[first + i], tagged[i]);
    }
  }

  std::size_t max_length() const override { return tagger_.runner().options().max_length; }
  nlohmann::ordered_json metrics() const override {
    return tagging_metrics(score_, tagger_.labels());
  }

 private:
  void compare(const Example& example, const TaggedText& tagged) {
    std::vector<std::string_view> predicted, actual;
    for (const WordTag& word : tagged.words)
      predicted.push_back(labels_.names()[static_cast<std::size_t>(word.label)]);
    for (const TaggedWord& word : example.words)  // index: refuses tags the model does not know
      actual.push_back(labels_.names()[static_cast<std::size_t>(labels_.index(dataset_, word))]);
    score_.add(predicted, actual);
  }

  Tagger tagger_;
  const Dataset& dataset_;
  LabelMap labels_;
  TagScore score_;
};

class AnswerJudge : public Judge {
 public:
  AnswerJudge(Answerer answerer, const Dataset& dataset)
      : answerer_(std::move(answerer)), dataset_(dataset) {}

  void add(std::size_t first, std::size_t count, std::vector<std::size_t>& truncated) override {
    std::vector<Question> questions;
    for (std::size_t i = first; i < first + count; ++i)
      questions.push_back({dataset_.examples[i].text, dataset_.examples[i].pair});
    const std::vector<Answers> answers = answerer_.answer(questions);
    for (std::size_t i = 0; i < count; ++i) {
      const Example& example = dataset_.examples[first + i];
      std::vector<std::string> accepted;
      for (const Answer& answer : example.answers) accepted.push_back(answer.text);
      score_.add(answers[i].text(example.pair), accepted);
      if (answers[i].truncated) truncated.push_back(first + i);
    }
  }

  std::size_t max_length() const override { return answerer_.runner().options().max_length; }
  nlohmann::ordered_json metrics() const override { return score_.metrics(); }

 private:
  Answerer answerer_;
  const Dataset& dataset_;
  AnswerScore score_;
};

void check_fit(const Dataset& dataset, const PackedConfig& config) {
  const std::string path = dataset.path.string();
  require_task(dataset, *task_by_name(config.task));
  if (!dataset.has_label)
    throw Error(path + ": no labels, expected a label column to compare with");
  if (config.pair && !dataset.has_pair) {
    throw Error(
        path +
        ": no second text, but this model judges pairs; name the column with --columns pair=...");
  }
}

std::unique_ptr<Judge> make_judge(Encoder encoder, const Dataset& dataset,
                                  const PredictorOptions& options) {
  check_fit(dataset, encoder.config());
  const std::string task = encoder.config().task;
  if (task == "tagging")
    return std::make_unique<TagJudge>(Tagger::from(std::move(encoder), options), dataset);
  if (task == "question-answering")
    return std::make_unique<AnswerJudge>(Answerer::from(std::move(encoder), options), dataset);
  return std::make_unique<TextJudge>(Predictor::from(std::move(encoder), options), dataset);
}

}  // namespace

Evaluation evaluate(Encoder encoder, const Dataset& dataset, const PredictorOptions& options) {
  const auto judge = make_judge(std::move(encoder), dataset, options);
  Evaluation result;
  const std::size_t size = dataset.examples.size();
  for (std::size_t first = 0; first < size; first += kChunk)
    judge->add(first, std::min(kChunk, size - first), result.truncated);
  result.metrics = judge->metrics();
  result.max_length = judge->max_length();
  return result;
}

std::function<void(std::size_t)> example_runner(Encoder encoder, const Dataset& dataset,
                                                const PredictorOptions& options) {
  const std::shared_ptr<Judge> judge = make_judge(std::move(encoder), dataset, options);
  return [judge](std::size_t i) {
    std::vector<std::size_t> truncated;
    judge->add(i, 1, truncated);
  };
}

}  // namespace bitcpp
