// /predict, /embed and /tokenize, in the shapes of Hugging Face's text-embeddings-inference.
#include "serve/inputs.h"
#include "serve/json_text.h"
#include "serve/predictions.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

/// "inputs" of /predict: "text", ["text"], ["text", "pair"], or an array of such arrays.
std::vector<InputText> predict_inputs(const Json& value, const ApiLimits& limits, bool& single) {
  const auto sequence = [](const Json& item) {
    const bool fits = item.is_array() && (item.size() == 1 || item.size() == 2);
    if (!fits) {
      throw ApiError(ApiErrorType::kValidation,
                     "`inputs` is not a text, a pair [text, text] or an array of [text] and "
                     "[text, text]");
    }
    InputText input{.text = as_text(item[0], "inputs")};
    input.has_pair = item.size() == 2;
    if (input.has_pair) input.pair = as_text(item[1], "inputs");
    return input;
  };
  single = true;
  if (value.is_string()) return {InputText{.text = value.get<std::string>()}};
  if (value.is_array() && !value.empty() && value[0].is_string()) return {sequence(value)};
  single = false;
  if (!value.is_array()) return {sequence(value)};
  check_count(value.size(), "inputs", limits);
  std::vector<InputText> inputs;
  for (const Json& item : value) inputs.push_back(sequence(item));
  return inputs;
}

class Predict : public Operation {
 public:
  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context, kWholeTextKinds);
    raw_scores_ = bool_field(body, "raw_scores", false);
    const Truncation truncation = truncation_of(body);
    std::vector<Sequence> sequences;
    for (const InputText& input :
         predict_inputs(required_field(body, "inputs"), context.limits, single_))
      sequences.push_back({encode(*model, input, truncation), false, {}});
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    if (!single_) json.begin_array();
    for (const Sequence& sequence : sequences)
      write_predictions(*model, sequence, raw_scores_, sequence.values.size(), json);
    if (!single_) json.end_array();
    return json.take();
  }

 private:
  bool single_ = false, raw_scores_ = false;
};

class Embed : public Operation {
 public:
  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context);
    normalize_ = bool_field(body, "normalize", true);
    dimensions_ = static_cast<std::size_t>(number_field(
        body, "dimensions", model->config().hidden_size, 1, model->config().hidden_size));
    if (!text_field(body, "prompt_name").empty())
      throw ApiError(ApiErrorType::kValidation, "`prompt_name`: this model has no prompts");
    const Truncation truncation = truncation_of(body);
    bool single = false;
    std::vector<Sequence> sequences;
    for (const InputText& input :
         texts_of(required_field(body, "inputs"), "inputs", context.limits, single))
      sequences.push_back({encode(*model, input, truncation), true, {}});
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    json.begin_array();
    for (Sequence& sequence : sequences) {
      sequence.values.resize(dimensions_);
      if (normalize_) to_length_one(sequence.values);
      json.numbers(sequence.values);
    }
    return json.end_array().take();
  }

 private:
  bool normalize_ = true;
  std::size_t dimensions_ = 0;
};

/// Needs no network: all is done while the request is read.
class Tokenize : public Operation {
 public:
  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context);
    const bool special = bool_field(body, "add_special_tokens", true);
    if (!text_field(body, "prompt_name").empty())
      throw ApiError(ApiErrorType::kValidation, "`prompt_name`: this model has no prompts");
    const Json& inputs = required_field(body, "inputs");
    json_.begin_array();
    if (inputs.is_array()) {
      check_count(inputs.size(), "inputs", context.limits);
      for (const Json& input : inputs) write(as_text(input, "inputs"), special);
    } else {
      write(as_text(inputs, "inputs"), special);
    }
    json_.end_array();
    answer_ = json_.take();
    return {};
  }

  std::string answer(std::span<Sequence>) const override { return answer_; }

 private:
  void write(const std::string& text, bool special) {
    std::vector<std::int32_t> ids;
    std::vector<Offset> offsets;
    model->tokenizer().tokenize(text, ids, &offsets);
    const std::vector<std::int32_t> around = model->tokenizer().encode("", 3).ids;
    json_.begin_array();
    if (special) write_special(around.front());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto begin = offsets[i].begin, end = offsets[i].end;
      json_.begin_object().key("id").number(ids[i]);
      json_.key("text").text(std::string_view(text).substr(begin, end - begin));
      json_.key("special").boolean(false).key("start").number(std::uint64_t{begin});
      json_.key("stop").number(std::uint64_t{end}).end_object();
    }
    if (special) write_special(around.back());
    json_.end_array();
  }

  void write_special(std::int32_t id) {
    json_.begin_object().key("id").number(id).key("text").text(model->tokenizer().token(id));
    json_.key("special").boolean(true).key("start").null().key("stop").null().end_object();
  }

  JsonText json_;
  std::string answer_;
};

}  // namespace

std::unique_ptr<Operation> make_predict() { return std::make_unique<Predict>(); }
std::unique_ptr<Operation> make_embed() { return std::make_unique<Embed>(); }
std::unique_ptr<Operation> make_tokenize() { return std::make_unique<Tokenize>(); }

}  // namespace bitcpp
