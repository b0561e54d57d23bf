#include "cli/responder.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "model/answerer.h"
#include "model/predictor.h"
#include "model/tagger.h"

namespace bitcpp {
namespace {

using Json = nlohmann::ordered_json;

/// The shortest decimal form as a double, so that 0.1f prints as 0.1.
double shortest(float value) {
  char digits[32];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double result = 0;
  std::from_chars(digits, end, result);
  return result;
}

/// Bytes that are no UTF-8 come out as U+FFFD, which is how the tokenizer read them.
std::string line_of(const Json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Classification and regression.
class ClassResponder : public Responder {
 public:
  ClassResponder(Predictor predictor, const ResponseOptions& options)
      : predictor_(std::move(predictor)), options_(options) {}

  InputKind input_kind() const override {
    return predictor_.config().pair ? InputKind::kPair : InputKind::kText;
  }

  std::size_t max_length() const override { return predictor_.max_length(); }

  std::vector<Response> respond(std::span<const SourceText> inputs) override {
    std::vector<TextInput> texts;
    for (const SourceText& input : inputs)
      texts.push_back({input.text, input.pair, input.has_pair});
    const std::vector<Prediction> predictions = predictor_.predict(texts);
    std::vector<Response> responses;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      responses.push_back({line_of(answer(inputs[i], predictions[i])), predictions[i].truncated});
    return responses;
  }

 private:
  /// Scores by label, all in the model's order or the `top` greatest first.
  Json scores_of(const Prediction& prediction) const {
    std::vector<int> labels(prediction.scores.size());
    std::iota(labels.begin(), labels.end(), 0);
    const auto score = [&](int label) {
      return prediction.scores[static_cast<std::size_t>(label)];
    };
    if (options_.top > 0) {
      std::stable_sort(labels.begin(), labels.end(),
                       [&](int a, int b) { return score(a) > score(b); });
      labels.resize(std::min(labels.size(), static_cast<std::size_t>(options_.top)));
    }
    Json result = Json::object();
    for (int label : labels) result[predictor_.label_name(label)] = shortest(score(label));
    return result;
  }

  Json answer(const SourceText& input, const Prediction& prediction) const {
    Json object;
    object["text"] = input.text;
    if (input.has_pair) object["pair"] = input.pair;
    if (!predictor_.regression()) object["label"] = predictor_.label_name(prediction.label);
    object["score"] = shortest(prediction.score);
    if (!predictor_.regression()) object["scores"] = scores_of(prediction);
    if (prediction.truncated) object["truncated"] = true;
    return object;
  }

  Predictor predictor_;
  ResponseOptions options_;
};

class TagResponder : public Responder {
 public:
  TagResponder(Tagger tagger, const ResponseOptions& options)
      : tagger_(std::move(tagger)), options_(options) {}

  InputKind input_kind() const override { return InputKind::kWords; }
  std::size_t max_length() const override { return tagger_.runner().options().max_length; }

  std::vector<Response> respond(std::span<const SourceText> inputs) override {
    std::vector<TagInput> texts;
    for (const SourceText& input : inputs) texts.push_back({input.text, input.words});
    const std::vector<TaggedText> tagged = tagger_.tag(texts);
    std::vector<Response> responses;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      responses.push_back({line_of(answer(inputs[i], tagged[i])), tagged[i].truncated});
    return responses;
  }

 private:
  static Json piece(const char* key, const std::string& label, const std::string& text,
                    std::uint32_t begin, std::uint32_t end, float score) {
    return {{key, label},
            {"text", text.substr(begin, end - begin)},
            {"start", begin},
            {"end", end},
            {"score", shortest(score)}};
  }

  Json answer(const SourceText& input, const TaggedText& tagged) const {
    Json object;
    object["text"] = input.text;
    if (tagger_.marks_entities()) {
      object["entities"] = Json::array();
      for (const TextEntity& entity : tagged.entities)
        object["entities"].push_back(
            piece("label", entity.label, input.text, entity.begin, entity.end, entity.score));
    }
    if (options_.words || !tagger_.marks_entities()) {
      object["words"] = Json::array();
      for (const WordTag& word : tagged.words)
        object["words"].push_back(piece("tag",
                                        tagger_.labels()[static_cast<std::size_t>(word.label)],
                                        input.text, word.range.begin, word.range.end, word.score));
    }
    if (tagged.truncated) object["truncated"] = true;
    return object;
  }

  Tagger tagger_;
  ResponseOptions options_;
};

class AnswerResponder : public Responder {
 public:
  AnswerResponder(Answerer answerer, const ResponseOptions& options)
      : answerer_(std::move(answerer)), options_(options) {}

  InputKind input_kind() const override { return InputKind::kQuestion; }
  std::size_t max_length() const override { return answerer_.runner().options().max_length; }

  std::vector<Response> respond(std::span<const SourceText> inputs) override {
    std::vector<Question> questions;
    for (const SourceText& input : inputs) questions.push_back({input.text, input.pair});
    const std::vector<Answers> answers = answerer_.answer(questions);
    std::vector<Response> responses;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      responses.push_back({line_of(answer(inputs[i], answers[i])), answers[i].truncated});
    return responses;
  }

 private:
  static void add_span(Json& object, const AnswerSpan& span, const std::string& context) {
    object["answer"] = context.substr(span.begin, span.end - span.begin);
    object["score"] = span.probability;
    object["start"] = span.begin;
    object["end"] = span.end;
  }

  Json answer(const SourceText& input, const Answers& answers) const {
    Json object;
    object["question"] = input.text;
    if (answers.best.empty())
      add_span(object, {}, {});
    else
      add_span(object, answers.best[0], input.pair);
    if (options_.top > 0) {
      object["answers"] = Json::array();
      const auto count = std::min(answers.best.size(), static_cast<std::size_t>(options_.top));
      for (std::size_t i = 0; i < count; ++i)
        add_span(object["answers"].emplace_back(Json::object()), answers.best[i], input.pair);
    }
    if (answers.truncated) object["truncated"] = true;
    return object;
  }

  Answerer answerer_;
  ResponseOptions options_;
};

}  // namespace

std::unique_ptr<Responder> Responder::open(const std::string& path,
                                           const PredictorOptions& predictor,
                                           const ResponseOptions& options) {
  Encoder encoder = Encoder::open(path);
  const std::string task = encoder.config().task;
  if (task == "tagging")
    return std::make_unique<TagResponder>(Tagger::from(std::move(encoder), predictor), options);
  if (task == "question-answering") {
    SpanOptions spans;
    spans.best = std::max(spans.best, static_cast<std::size_t>(options.top));
    return std::make_unique<AnswerResponder>(Answerer::from(std::move(encoder), predictor, spans),
                                             options);
  }
  return std::make_unique<ClassResponder>(Predictor::from(std::move(encoder), predictor), options);
}

}  // namespace bitcpp
