// Texts in, arrays of numbers out.
#include <algorithm>
#include <string>

#include "api/guard.h"
#include "api/open_model.h"
#include "api/texts.h"
#include "model/embedder.h"

using bitcpp::Error;
using bitcpp::guarded;
using bitcpp::require;

namespace {

/// Calls write(i, result) for every text and notes which were cut.
template <class Results, class Write>
void hand_over(const Results& results, std::uint8_t* truncated, const Write& write) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    write(i, results[i]);
    if (truncated != nullptr) truncated[i] = results[i].truncated;
  }
}

void require_arguments(const bitcpp_model* model, const float* room, std::size_t count) {
  require(model, "model");
  if (count > 0) require(room, "results");
}

const bitcpp::Predictor& expect_task(const bitcpp::Predictor* predictor, const bitcpp_model* model,
                                     const char* expected) {
  if (predictor != nullptr) return *predictor;
  throw bitcpp::WrongTask("a model for " + std::string(model->info.task_name) +
                          ", expected one for " + expected);
}

}  // namespace

extern "C" {

bitcpp_status bitcpp_classify(const bitcpp_model* model, const bitcpp_text* texts, size_t count,
                              float* scores, uint8_t* truncated) {
  return guarded([&] {
    require_arguments(model, scores, count);
    const auto& predictor = expect_task(model->classifier(), model, "classification");
    hand_over(predictor.predict(bitcpp::text_inputs(texts, count)), truncated,
              [&](std::size_t i, const bitcpp::Prediction& prediction) {
                std::copy(prediction.scores.begin(), prediction.scores.end(),
                          scores + i * model->info.label_count);
              });
  });
}

bitcpp_status bitcpp_regress(const bitcpp_model* model, const bitcpp_text* texts, size_t count,
                             float* values, uint8_t* truncated) {
  return guarded([&] {
    require_arguments(model, values, count);
    const auto& predictor = expect_task(model->regressor(), model, "regression");
    hand_over(
        predictor.predict(bitcpp::text_inputs(texts, count)), truncated,
        [&](std::size_t i, const bitcpp::Prediction& prediction) { values[i] = prediction.score; });
  });
}

bitcpp_status bitcpp_embed(const bitcpp_model* model, const bitcpp_text* texts, size_t count,
                           bitcpp_pooling pooling, int32_t normalize, float* values,
                           uint8_t* truncated) {
  return guarded([&] {
    require_arguments(model, values, count);
    if (pooling != BITCPP_POOL_MEAN && pooling != BITCPP_POOL_FIRST) {
      throw Error("pooling " + std::to_string(pooling) +
                  ", expected BITCPP_POOL_MEAN or BITCPP_POOL_FIRST");
    }
    const bitcpp::EmbeddingOptions options{
        pooling == BITCPP_POOL_MEAN ? bitcpp::Pooling::kMean : bitcpp::Pooling::kFirst,
        normalize != 0};
    hand_over(bitcpp::embed(model->runner(), bitcpp::text_inputs(texts, count), options), truncated,
              [&](std::size_t i, const bitcpp::TextEmbedding& embedding) {
                std::copy(embedding.values.begin(), embedding.values.end(),
                          values + i * model->info.hidden_size);
              });
  });
}

}  // extern "C"
