#include "serve/predictions.h"

#include <algorithm>
#include <numeric>

#include "model/predictor.h"

namespace bitcpp {

void write_predictions(const ServedModel& model, const Sequence& sequence, bool raw,
                       std::size_t top, JsonText& json) {
  const bool regression = model.kind() == ModelKind::kRegression;
  const Prediction prediction =
      prediction_of(sequence.values, regression, sequence.encoding.truncated);
  const std::vector<float>& scores = regression || raw ? prediction.logits : prediction.scores;
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(order.size(), top));
  json.begin_array();
  for (std::size_t i : order) {
    json.begin_object().key("score").number(scores[i]);
    json.key("label").text(model.label(i)).end_object();
  }
  json.end_array();
}

}  // namespace bitcpp
