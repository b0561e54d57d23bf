#include "train/body_metrics.h"

#include <algorithm>

#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// Sums over all tokens of one place.
struct PlaceSums {
  Tensor differences;      // () squared, over channels too
  Tensor values, squares;  // (hidden) the teacher's

  void add(const Tensor& student, const Tensor& teacher) {
    const Tensor exact = teacher.to(torch::kDouble);
    const Tensor parts[] = {(student.to(torch::kDouble) - exact).square().sum(), exact.sum(0),
                            exact.square().sum(0)};
    Tensor* const sums[] = {&differences, &values, &squares};
    for (int i = 0; i < 3; ++i) *sums[i] = sums[i]->defined() ? *sums[i] + parts[i] : parts[i];
  }
  double loss(std::int64_t tokens) const {
    return differences.item<double>() / static_cast<double>(tokens * values.size(0));
  }
  double explained(std::int64_t tokens) const {
    const Tensor deviation = squares - values.square() / static_cast<double>(tokens);
    return 1 - differences.item<double>() / std::max(1e-12, deviation.sum().item<double>());
  }
};

}  // namespace

nlohmann::json body_metrics(Network& network, Network& teacher,
                            const std::vector<EncodedText>& texts) {
  std::vector<PlaceSums> places;
  std::int64_t tokens = 0;
  for (std::size_t begin = 0; begin < texts.size(); begin += kForwardBatch) {
    std::vector<const EncodedText*> chosen;
    for (std::size_t i = begin; i < std::min(texts.size(), begin + kForwardBatch); ++i)
      chosen.push_back(&texts[i]);
    Batch batch = make_batch(chosen, network.device());
    if (!network.device().is_cpu()) add_padded_view(batch, network.device());
    const Outputs student = network.forward(batch, {}), target = teacher.forward(batch, {});
    places.resize(student.hidden.size());
    for (std::size_t i = 0; i < places.size(); ++i)
      places[i].add(student.hidden[i], target.hidden[i]);
    tokens += batch.tokens();
  }
  double loss = 0, explained = 0;
  for (const PlaceSums& place : places) {
    loss += place.loss(tokens);
    explained += place.explained(tokens) / static_cast<double>(places.size());
  }
  return {{"n", texts.size()}, {"hidden_loss", loss}, {"explained", explained}};
}

}  // namespace bitcpp
