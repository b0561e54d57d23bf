#include "bit_wasm.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitcpp/bitcpp.h"

struct BitModel {
  bitcpp_model* model;
  std::string answer;
};

namespace {

/// Numbers as 32-bit floats, printed with as many digits as those need.
using FloatJson = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                       std::int64_t, std::uint64_t, float>;

FloatJson classified(const bitcpp_model_info& info, const std::vector<float>& scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  FloatJson json = {{"label", info.labels[best]}, {"score", scores[best]}};
  for (std::size_t i = 0; i < scores.size(); ++i) json["scores"][info.labels[i]] = scores[i];
  return json;
}

/// Into `json`, with the keys of `bit run`.
bitcpp_status predict(const bitcpp_model* model, const bitcpp_text& text, FloatJson& json) {
  const bitcpp_model_info& info = *bitcpp_info(model);
  std::uint8_t truncated = 0;
  bitcpp_status status = BITCPP_OK;
  if (info.task == BITCPP_REGRESSION) {
    float value = 0;
    status = bitcpp_regress(model, &text, 1, &value, &truncated);
    json["score"] = value;
  } else {
    std::vector<float> scores(std::max<std::size_t>(info.label_count, 1));
    status = bitcpp_classify(model, &text, 1, scores.data(), &truncated);
    if (status == BITCPP_OK) json = classified(info, scores);
  }
  if (truncated != 0) json["truncated"] = true;
  return status;
}

}  // namespace

extern "C" {

BitModel* bit_open(std::uint8_t* bytes, std::size_t size) {
  bitcpp_model* model = nullptr;
  if (bitcpp_open_memory(bytes, size, std::free, bytes, nullptr, &model) != BITCPP_OK)
    return nullptr;
  return new BitModel{model, ""};
}

const char* bit_error() { return bitcpp_last_error(); }

const char* bit_describe(BitModel* model) {
  const bitcpp_model_info& info = *bitcpp_info(model->model);
  model->answer =
      nlohmann::json{
          {"isa", info.isa},
          {"task", info.task_name},
          {"labels", std::vector<std::string>(info.labels, info.labels + info.label_count)},
          {"pair", info.pair != 0},
          {"max_length", info.max_length},
          {"num_hidden_layers", info.layers},
          {"hidden_size", info.hidden_size}}
          .dump();
  return model->answer.c_str();
}

const char* bit_predict(BitModel* model, const char* text, const char* pair) {
  const bitcpp_text input = {{text, std::strlen(text)},
                             {pair, pair == nullptr ? 0 : std::strlen(pair)}};
  FloatJson json;
  if (predict(model->model, input, json) != BITCPP_OK) return nullptr;
  model->answer = json.dump(-1, ' ', false, FloatJson::error_handler_t::replace);
  return model->answer.c_str();
}

void bit_close(BitModel* model) {
  bitcpp_close(model->model);
  delete model;
}

}  // extern "C"
