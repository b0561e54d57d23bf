// POST / for classifiers, /tag and /answer, in the shapes of the Hugging Face Inference API (text
// classification, token classification and question answering). Places are counted in characters.
#include <algorithm>

#include "decode/answer_span.h"
#include "decode/windows.h"
#include "model/tagger.h"
#include "serve/inputs.h"
#include "serve/json_text.h"
#include "serve/predictions.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

const Json& parameters_of(const Json& body) {
  static const Json none = Json::object();
  const auto found = body.find("parameters");
  if (found == body.end() || found->is_null()) return none;
  if (!found->is_object())
    throw ApiError(ApiErrorType::kValidation, "`parameters` is not an object");
  return *found;
}

/// The texts of "inputs", a text or an array of them.
std::vector<std::string> hub_texts(const Json& body, const ApiLimits& limits, bool& single) {
  const Json& inputs = required_field(body, "inputs");
  single = inputs.is_string();
  if (single) return {inputs.get<std::string>()};
  if (!inputs.is_array())
    throw ApiError(ApiErrorType::kValidation, "`inputs` is not a text or an array of texts");
  check_count(inputs.size(), "inputs", limits);
  std::vector<std::string> texts;
  for (const Json& input : inputs) texts.push_back(as_text(input, "inputs"));
  return texts;
}

/// Unlike /predict, an array of two texts is two texts here, and the answer to one text an array of
/// one answer.
class Classify : public Operation {
 public:
  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context, kWholeTextKinds);
    const Json& parameters = parameters_of(body);
    top_ = static_cast<std::size_t>(number_field(parameters, "top_k", 1 << 20, 1, 1 << 20));
    raw_ = text_field(parameters, "function_to_apply") == "none";
    bool single = false;
    std::vector<Sequence> sequences;
    for (std::string& text : hub_texts(body, context.limits, single))
      sequences.push_back({encode(*model, {.text = std::move(text)}, {}), false, {}});
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    json.begin_array();
    for (const Sequence& sequence : sequences)
      write_predictions(*model, sequence, raw_, top_, json);
    return json.end_array().take();
  }

 private:
  std::size_t top_ = 0;
  bool raw_ = false;
};

class Tag : public Operation {
 public:
  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context, kTaggingKinds);
    const std::string strategy = text_field(parameters_of(body), "aggregation_strategy", "simple");
    static const std::vector<std::string> kStrategies = {"none", "simple", "first", "average",
                                                         "max"};
    if (std::find(kStrategies.begin(), kStrategies.end(), strategy) == kStrategies.end()) {
      throw ApiError(ApiErrorType::kValidation,
                     "`aggregation_strategy` is not none, simple, first, average or max");
    }
    entities_ = strategy != "none" && model->tags()->marks_entities();
    const Truncation truncation = truncation_of(body);
    texts_ = hub_texts(body, context.limits, single_);
    std::vector<Sequence> sequences;
    for (const std::string& text : texts_)
      sequences.push_back({encode(*model, {.text = text}, truncation), false, {}});
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    if (!single_) json.begin_array();
    for (std::size_t i = 0; i < sequences.size(); ++i) write(texts_[i], sequences[i], json);
    if (!single_) json.end_array();
    return json.take();
  }

 private:
  void write(const std::string& text, const Sequence& sequence, JsonText& json) const {
    const TaggedText tagged = model->tags()->read({text, {}}, sequence.encoding, sequence.values);
    const auto piece = [&](const char* key, const std::string& label, std::uint32_t begin,
                           std::uint32_t end, float score) {
      json.begin_object().key(key).text(label).key("score").number(score);
      json.key("word").text(std::string_view(text).substr(begin, end - begin));
      json.key("start").number(std::uint64_t{characters(text, begin)});
      json.key("end").number(std::uint64_t{characters(text, end)}).end_object();
    };
    json.begin_array();
    if (entities_) {
      for (const TextEntity& entity : tagged.entities)
        piece("entity_group", entity.label, entity.begin, entity.end, entity.score);
    } else {
      for (const WordTag& word : tagged.words)
        piece("entity", model->label(static_cast<std::size_t>(word.label)), word.range.begin,
              word.range.end, word.score);
    }
    json.end_array();
  }

  bool single_ = false, entities_ = false;
  std::vector<std::string> texts_;
};

class Answer : public Operation {
 public:
  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context, kAnsweringKinds);
    const Json& parameters = parameters_of(body);
    top_ = static_cast<std::size_t>(number_field(parameters, "top_k", 1, 1, 100));
    options_.best = std::max(options_.best, top_);
    options_.max_answer_tokens = static_cast<int>(
        number_field(parameters, "max_answer_len", options_.max_answer_tokens, 1, 512));
    const Json& inputs = required_field(body, "inputs");
    single_ = inputs.is_object();
    if (!single_ && !inputs.is_array())
      throw ApiError(ApiErrorType::kValidation, "`inputs` is not {question, context}");
    if (!single_) check_count(inputs.size(), "inputs", context.limits);
    std::vector<Sequence> sequences;
    for (std::size_t i = 0; i < (single_ ? 1 : inputs.size()); ++i) {
      add_question(single_ ? inputs : inputs[i], sequences);
      if (sequences.size() > context.limits.windows)
        throw ApiError(413, ApiErrorType::kValidation, "the contexts are too long");
    }
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    if (!single_) json.begin_array();
    std::size_t first = 0;
    for (const Asked& asked : asked_) {
      std::vector<std::span<const float>> logits;
      for (std::size_t i = 0; i < asked.windows.size(); ++i)
        logits.emplace_back(sequences[first + i].values);
      first += asked.windows.size();
      write(asked, best_spans(asked.windows, logits, options_), json);
    }
    if (!single_) json.end_array();
    return json.take();
  }

 private:
  struct Asked {
    std::string context;
    std::vector<QuestionWindow> windows;
  };

  void add_question(const Json& input, std::vector<Sequence>& sequences) {
    if (!input.is_object())
      throw ApiError(ApiErrorType::kValidation, "`inputs` is not {question, context}");
    Asked asked;
    asked.context = as_text(required_field(input, "context"), "context");
    asked.windows = question_windows(
        model->tokenizer(), as_text(required_field(input, "question"), "question"), asked.context,
        {model->max_length(), static_cast<std::size_t>(model->config().stride)});
    for (const QuestionWindow& window : asked.windows)
      sequences.push_back({window.encoding, false, {}});
    asked_.push_back(std::move(asked));
  }

  void write(const Asked& asked, const std::vector<AnswerSpan>& spans, JsonText& json) const {
    const auto piece = [&](const AnswerSpan& span) {
      const std::string_view context = asked.context;
      json.begin_object().key("answer").text(context.substr(span.begin, span.end - span.begin));
      json.key("score").number(span.probability);
      json.key("start").number(std::uint64_t{characters(context, span.begin)});
      json.key("end").number(std::uint64_t{characters(context, span.end)}).end_object();
    };
    if (top_ == 1) return piece(spans.empty() ? AnswerSpan{} : spans[0]);
    json.begin_array();
    for (std::size_t i = 0; i < std::min(spans.size(), top_); ++i) piece(spans[i]);
    json.end_array();
  }

  bool single_ = false;
  std::size_t top_ = 1;
  SpanOptions options_;
  std::vector<Asked> asked_;
};

}  // namespace

std::unique_ptr<Operation> make_classify() { return std::make_unique<Classify>(); }
std::unique_ptr<Operation> make_tag() { return std::make_unique<Tag>(); }
std::unique_ptr<Operation> make_answer() { return std::make_unique<Answer>(); }

}  // namespace bitcpp
