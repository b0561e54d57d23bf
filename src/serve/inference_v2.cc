// Open Inference Protocol, version 2: tensors of texts in, tensors of answers out.
//
// Inputs are BYTES tensors of n texts, "text" and, for pairs, "pair"; for questions "question" and
// "context". Outputs: "label" (BYTES), "score" (FP32), "scores" (FP32, n x labels), "logits" (FP32,
// n x labels), "embedding" (FP32, n x hidden_size); of taggers "entities" (BYTES, the JSON of
// /tag); of question answerers "answer" (BYTES), "score" (FP64), "start", "end" (INT64,
// characters).
#include "serve/inference_v2.h"

#include <algorithm>
#include <functional>

#include "model/predictor.h"
#include "serve/inputs.h"
#include "serve/json_text.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse_request(const std::string& message) {
  throw ApiError(400, ApiErrorType::kValidation, message);
}

/// Texts of a BYTES tensor, whose data may be flat or nested as its shape says.
std::vector<std::string> texts_of_tensor(const Json& tensor, const ApiLimits& limits) {
  if (text_field(tensor, "datatype") != "BYTES")
    refuse_request("expected inputs of datatype BYTES");
  const Json& shape = required_field(tensor, "shape");
  const Json& data = required_field(tensor, "data");
  const bool fits = shape.is_array() && !shape.empty() && shape.size() <= 2 && data.is_array();
  if (!fits) refuse_request("expected a shape of [n] or [n, 1] and an array of data");
  for (const Json& size : shape) {
    if (!size.is_number_unsigned()) refuse_request("a shape holds what is no size");
  }
  if (shape.size() == 2 && shape[1] != 1u) refuse_request("expected a shape of [n] or [n, 1]");
  std::vector<std::string> texts;
  for (const Json& item : data) {
    const bool nested = item.is_array() && item.size() == 1;
    const Json& text = nested ? item[0] : item;
    if (!text.is_string()) refuse_request("expected data of strings");
    texts.push_back(text.get<std::string>());
  }
  if (shape[0] != texts.size()) refuse_request("the shape does not say how many data there are");
  if (texts.empty()) refuse_request("inputs cannot be empty");
  if (texts.size() > limits.texts)
    refuse_request("more than " + std::to_string(limits.texts) + " texts in a request");
  return texts;
}

/// The tensor of that name; empty where there is none.
std::vector<std::string> input_of(const Json& body, std::string_view name,
                                  const ApiLimits& limits) {
  const Json& inputs = required_field(body, "inputs");
  if (!inputs.is_array()) refuse_request("`inputs` is not an array of tensors");
  for (const Json& tensor : inputs) {
    if (!tensor.is_object()) refuse_request("`inputs` is not an array of tensors");
    if (text_field(tensor, "name") == name) return texts_of_tensor(tensor, limits);
  }
  return {};
}

void check_input_names(const Json& body, const ServedModel& model) {
  const Json& inputs = required_field(body, "inputs");
  if (!inputs.is_array()) refuse_request("`inputs` is not an array of tensors");
  const std::vector<Tensor> known = input_tensors(model);
  for (const Json& tensor : inputs) {
    if (!tensor.is_object()) refuse_request("`inputs` is not an array of tensors");
    const std::string name = text_field(tensor, "name");
    if (std::none_of(known.begin(), known.end(), [&](const Tensor& t) { return t.name == name; }))
      refuse_request("no input '" + name + "'");
  }
}

class Infer : public Operation {
 public:
  ErrorStyle error_style() const override { return ErrorStyle::kInferenceProtocol; }

  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(Json::object(), context);
    id_ = text_field(body, "id");
    has_id_ = body.contains("id") && body["id"].is_string();
    check_input_names(body, *model);
    read_outputs(body);
    // The other interfaces know how to put their questions and what the answers are.
    if (per_token(model->config())) return read_token_task(body, context);
    const std::vector<std::string> texts = input_of(body, "text", context.limits);
    const std::vector<std::string> pairs = input_of(body, "pair", context.limits);
    if (texts.empty()) refuse_request("expected an input named 'text'");
    if (!pairs.empty() && pairs.size() != texts.size())
      refuse_request("expected as many pairs as texts");
    count_ = texts.size();
    std::vector<Sequence> sequences;
    for (const bool embed : {false, true}) {
      if (!(embed ? wants("embedding") : wants_logits())) continue;
      for (std::size_t i = 0; i < count_; ++i) {
        InputText input{.text = texts[i]};
        input.has_pair = !pairs.empty();
        if (input.has_pair) input.pair = pairs[i];
        sequences.push_back({encode(*model, input, {}), embed, {}});
      }
    }
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    json.begin_object().key("model_name").text(model->name());
    if (has_id_) json.key("id").text(id_);
    json.key("outputs").begin_array();
    if (token_task_ != nullptr) {
      write_token_outputs(Json::parse(token_task_->answer(sequences)), json);
    } else {
      write_class_outputs(sequences, json);
    }
    return json.end_array().end_object().take();
  }

 private:
  void read_outputs(const Json& body) {
    const auto found = body.find("outputs");
    const std::vector<Tensor> known = output_tensors(*model);
    const bool named = found != body.end() && !found->is_null();
    if (named && !found->is_array()) refuse_request("`outputs` is not an array");
    if (!named || found->empty()) {
      for (const Tensor& tensor : known) {
        if (tensor.by_default) outputs_.push_back(tensor.name);
      }
      return;
    }
    for (const Json& output : *found) {
      if (!output.is_object()) refuse_request("`outputs` is not an array of objects");
      const std::string name = text_field(output, "name");
      if (std::none_of(known.begin(), known.end(), [&](const Tensor& t) { return t.name == name; }))
        refuse_request("no output '" + name + "'");
      if (!wants(name)) outputs_.push_back(name);
    }
  }

  bool wants(std::string_view name) const {
    return std::find(outputs_.begin(), outputs_.end(), name) != outputs_.end();
  }
  bool wants_logits() const {
    return std::any_of(outputs_.begin(), outputs_.end(),
                       [](const std::string& name) { return name != "embedding"; });
  }

  std::vector<Sequence> read_token_task(const Json& body, const ApiContext& context) {
    Json inputs = Json::array();
    if (model->kind() == ModelKind::kTagging) {
      for (std::string& text : input_of(body, "text", context.limits))
        inputs.push_back(std::move(text));
    } else {
      const auto questions = input_of(body, "question", context.limits);
      const auto contexts = input_of(body, "context", context.limits);
      if (questions.size() != contexts.size())
        refuse_request("expected as many contexts as questions");
      for (std::size_t i = 0; i < questions.size(); ++i)
        inputs.push_back({{"question", questions[i]}, {"context", contexts[i]}});
    }
    if (inputs.empty()) refuse_request("expected an input tensor of texts");
    count_ = inputs.size();
    token_task_ = model->kind() == ModelKind::kTagging ? make_tag() : make_answer();
    return token_task_->read({{"inputs", std::move(inputs)}}, context);
  }

  /// A tensor of one number or text for each input, by `write`.
  void write_tensor(const char* name, const char* datatype, JsonText& json,
                    const std::function<void(std::size_t)>& write, std::size_t width = 0) const {
    if (!wants(name)) return;
    json.begin_object().key("name").text(name).key("datatype").text(datatype).key("shape");
    json.begin_array().number(std::uint64_t{count_});
    if (width > 0) json.number(std::uint64_t{width});
    json.end_array().key("data").begin_array();
    for (std::size_t i = 0; i < count_; ++i) write(i);
    json.end_array().end_object();
  }

  void write_token_outputs(const Json& answers, JsonText& json) const {
    write_tensor("entities", "BYTES", json, [&](std::size_t i) { json.text(answers[i].dump()); });
    for (const char* text : {"answer"}) {
      write_tensor(text, "BYTES", json,
                   [&](std::size_t i) { json.text(answers[i][text].get<std::string>()); });
    }
    if (model->kind() == ModelKind::kTagging) return;
    write_tensor("score", "FP64", json,
                 [&](std::size_t i) { json.number(answers[i]["score"].get<double>()); });
    for (const char* place : {"start", "end"}) {
      write_tensor(place, "INT64", json,
                   [&](std::size_t i) { json.number(answers[i][place].get<std::int64_t>()); });
    }
  }

  void write_class_outputs(std::span<Sequence> sequences, JsonText& json) const {
    const bool regression = model->kind() == ModelKind::kRegression;
    const auto width = static_cast<std::size_t>(model->encoder().outputs());
    std::vector<Prediction> predictions;
    for (std::size_t i = 0; wants_logits() && i < count_; ++i)
      predictions.push_back(prediction_of(sequences[i].values, regression, false));
    const auto row = [&json](std::span<const float> values) {
      for (float value : values) json.number(value);
    };
    write_tensor("label", "BYTES", json, [&](std::size_t i) {
      json.text(model->label(static_cast<std::size_t>(predictions[i].label)));
    });
    write_tensor("score", "FP32", json, [&](std::size_t i) { json.number(predictions[i].score); });
    write_tensor(
        "scores", "FP32", json, [&](std::size_t i) { row(predictions[i].scores); }, width);
    write_tensor(
        "logits", "FP32", json, [&](std::size_t i) { row(predictions[i].logits); }, width);
    const std::size_t first = wants_logits() ? count_ : 0;
    write_tensor(
        "embedding", "FP32", json,
        [&](std::size_t i) {
          to_length_one(sequences[first + i].values);
          row(sequences[first + i].values);
        },
        static_cast<std::size_t>(model->config().hidden_size));
  }

  std::string id_;
  bool has_id_ = false;
  std::size_t count_ = 0;
  std::vector<std::string> outputs_;
  std::unique_ptr<Operation> token_task_;
};

void write_tensors(const std::vector<Tensor>& tensors, JsonText& json) {
  json.begin_array();
  for (const Tensor& tensor : tensors) {
    json.begin_object().key("name").text(tensor.name).key("datatype").text(tensor.datatype);
    json.key("shape").begin_array().number(-1);
    if (tensor.width > 0) json.number(tensor.width);
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace

std::unique_ptr<Operation> make_infer() { return std::make_unique<Infer>(); }

std::vector<Tensor> input_tensors(const ServedModel& model) {
  if (model.kind() == ModelKind::kTagging) return {{"text", "BYTES"}};
  if (model.kind() == ModelKind::kQuestionAnswering)
    return {{"question", "BYTES"}, {"context", "BYTES"}};
  std::vector<Tensor> tensors = {{"text", "BYTES"}};
  tensors.push_back({"pair", "BYTES"});
  return tensors;
}

std::vector<Tensor> output_tensors(const ServedModel& model) {
  const std::int64_t outputs = model.encoder().outputs();
  switch (model.kind()) {
    case ModelKind::kTagging:
      return {{"entities", "BYTES"}};
    case ModelKind::kQuestionAnswering:
      return {{"answer", "BYTES"}, {"score", "FP64"}, {"start", "INT64"}, {"end", "INT64"}};
    case ModelKind::kRegression:
      return {{"score", "FP32"}, {"embedding", "FP32", model.config().hidden_size, false}};
    default:
      return {{"label", "BYTES"},
              {"score", "FP32"},
              {"scores", "FP32", outputs},
              {"logits", "FP32", outputs, false},
              {"embedding", "FP32", model.config().hidden_size, false}};
  }
}

std::string model_metadata(const ServedModel& model) {
  JsonText json;
  json.begin_object().key("name").text(model.name()).key("versions").begin_array().end_array();
  json.key("platform").text("bitcpp_packed").key("inputs");
  write_tensors(input_tensors(model), json);
  json.key("outputs");
  write_tensors(output_tensors(model), json);
  return json.end_object().take();
}

}  // namespace bitcpp
