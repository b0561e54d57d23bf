#include "bit_wasm.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "format/packed_model.h"
#include "model/predictor.h"

using bitcpp::Encoder;
using bitcpp::Prediction;
using bitcpp::Predictor;

struct BitModel {
  Predictor predictor;
  std::string answer;
};

namespace {

std::string last_error;

/// Frees the model's bytes when nothing points into them any more.
std::shared_ptr<const void> owner_of(std::uint8_t* bytes) {
  return {bytes, [](const void* memory) { std::free(const_cast<void*>(memory)); }};
}

/// `work()`, or null with its message in last_error.
template <class Work>
auto guarded(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& error) {
    last_error = error.what();
    return nullptr;
  }
}

/// Numbers as 32-bit floats, printed with as many digits as those need.
using FloatJson = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                       std::int64_t, std::uint64_t, float>;

std::string json_of(const Predictor& predictor, const Prediction& prediction) {
  FloatJson json;
  if (!predictor.regression()) json["label"] = predictor.label_name(prediction.label);
  json["score"] = prediction.score;
  for (std::size_t i = 0; i < prediction.scores.size(); ++i)
    json["scores"][predictor.label_name(static_cast<int>(i))] = prediction.scores[i];
  if (prediction.truncated) json["truncated"] = true;
  return json.dump(-1, ' ', false, FloatJson::error_handler_t::replace);
}

}  // namespace

extern "C" {

BitModel* bit_open(std::uint8_t* bytes, std::size_t size) {
  const std::shared_ptr<const void> storage = owner_of(bytes);
  return guarded([&] {
    bitcpp::PackedModel packed =
        bitcpp::read_packed_model(bitcpp::SafetensorsFile::parse({bytes, size}, "model"));
    return new BitModel{
        Predictor::from(Encoder::from(std::move(packed), bitcpp::kernels(), storage)), ""};
  });
}

const char* bit_error() { return last_error.c_str(); }

const char* bit_describe(BitModel* model) {
  const bitcpp::PackedConfig& config = model->predictor.config();
  model->answer = nlohmann::json{{"isa", bitcpp::isa_name(model->predictor.encoder().isa())},
                                 {"task", config.task},
                                 {"labels", config.labels},
                                 {"pair", config.pair},
                                 {"max_length", model->predictor.max_length()},
                                 {"num_hidden_layers", config.num_hidden_layers},
                                 {"hidden_size", config.hidden_size}}
                      .dump();
  return model->answer.c_str();
}

const char* bit_predict(BitModel* model, const char* text, const char* pair) {
  return guarded([&]() -> const char* {
    const Prediction prediction =
        pair == nullptr ? model->predictor.predict(text) : model->predictor.predict(text, pair);
    model->answer = json_of(model->predictor, prediction);
    return model->answer.c_str();
  });
}

void bit_close(BitModel* model) { delete model; }

}  // extern "C"
