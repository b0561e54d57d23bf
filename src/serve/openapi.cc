// openapi.json with what depends on the models filled in.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "serve/describe.h"
#include "serve/page.h"

namespace bitcpp {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// What the words in capitals of the template stand for.
struct Values {
  std::size_t texts = 0;
  std::int64_t vocabulary = 0, hidden = 0;
  OrderedJson models = OrderedJson::array();
};

void fill_in(OrderedJson& value, const Values& values) {
  if (value.is_string()) {
    const std::string& word = value.get_ref<const std::string&>();
    if (word == "TEXTS")
      value = values.texts;
    else if (word == "VOCABULARY")
      value = values.vocabulary - 1;
    else if (word == "HIDDEN")
      value = values.hidden;
    else if (word == "VERSION")
      value = BITCPP_VERSION;
    return;
  }
  if (value == OrderedJson::array({"MODELS"})) {
    value = values.models;
    return;
  }
  if (!value.is_structured()) return;
  for (OrderedJson& item : value) fill_in(item, values);
}

/// Names of the models of these kinds.
OrderedJson names_of(const std::vector<ModelPointer>& models, std::span<const ModelKind> kinds) {
  OrderedJson names = OrderedJson::array();
  for (const ModelPointer& model : models) {
    if (std::find(kinds.begin(), kinds.end(), model->kind()) != kinds.end())
      names.push_back(model->name());
  }
  return names;
}

/// An endpoint that only some kinds of models answer names those, and is left out where there are
/// none.
void choose_models(const std::vector<ModelPointer>& models, const char* path, const char* request,
                   std::span<const ModelKind> kinds, OrderedJson& document) {
  OrderedJson names = names_of(models, kinds);
  if (names.empty()) {
    document["paths"].erase(path);
    return;
  }
  document["paths"][path]["post"]["parameters"][0] = {
      {"name", "model"}, {"in", "query"}, {"schema", {{"type", "string"}, {"enum", names}}}};
  names.push_back(nullptr);
  document["components"]["schemas"][request]["properties"]["model"] = {
      {"type", "string"}, {"nullable", true}, {"enum", std::move(names)}};
}

/// POST / does what the first model is for; the template's /classify is only there to say how.
void describe_root(ModelKind first, OrderedJson& document) {
  const char* path = first == ModelKind::kTagging             ? "/tag"
                     : first == ModelKind::kQuestionAnswering ? "/answer"
                                                              : "/classify";
  OrderedJson& paths = document["paths"];
  paths["/"]["post"] = paths[path]["post"];
  paths["/"]["post"]["operationId"] = "hub";
  paths.erase("/classify");
}

}  // namespace

std::string openapi_document(const std::vector<ModelPointer>& models, const ApiLimits& limits,
                             bool api_key) {
  Values values;
  values.texts = limits.texts;
  // What every model takes.
  values.vocabulary = values.hidden = std::numeric_limits<std::int64_t>::max();
  for (const ModelPointer& model : models) {
    values.vocabulary = std::min(values.vocabulary, model->config().vocab_size);
    values.hidden = std::min(values.hidden, model->config().hidden_size);
  }
  values.models = names_of(models, kAllKinds);
  OrderedJson document = OrderedJson::parse(kOpenApiTemplate);
  fill_in(document, values);
  // A field may also be null, and then its list has to say so.
  document["components"]["schemas"]["ModelName"]["enum"].push_back(nullptr);
  choose_models(models, "/predict", "PredictRequest", kWholeTextKinds, document);
  choose_models(models, "/classify", "ClassifyRequest", kWholeTextKinds, document);
  choose_models(models, "/tag", "TagRequest", kTaggingKinds, document);
  choose_models(models, "/answer", "AnswerRequest", kAnsweringKinds, document);
  describe_root(models.front()->kind(), document);
  if (api_key) {
    document["components"]["securitySchemes"]["key"] = {{"type", "http"}, {"scheme", "bearer"}};
    document["security"] = OrderedJson::array({OrderedJson{{"key", OrderedJson::array()}}});
    for (const char* open :
         {"/", "/health", "/metrics", "/openapi.json", "/v2/health/live", "/v2/health/ready"})
      document["paths"][open]["get"]["security"] = OrderedJson::array();
    for (auto& path : document["paths"]) {
      for (auto& operation : path)
        operation["responses"]["401"] = operation["responses"]["default"];
    }
  }
  return document.dump();
}

}  // namespace bitcpp
