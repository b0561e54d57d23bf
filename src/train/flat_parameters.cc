#include "train/flat_parameters.h"

#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// Values between beginnings of parameters, so that each is aligned as a matrix product likes it.
constexpr std::int64_t kAlignment = 64;

std::int64_t aligned(std::int64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

FlatParameters::FlatParameters(const ParameterSet& parameters)
    : parameters_(parameters), places_(parameters.list().size()) {
  torch::NoGradGuard no_gradient;
  std::vector<Tensor> values, segments;
  std::int64_t end = 0;
  for (ParameterRole role : {ParameterRole::kWeight, ParameterRole::kBias, ParameterRole::kScale}) {
    ranges_.push_back({role, end, 0});
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Parameter& parameter = parameters.list()[i];
      if (parameter.role != role) continue;
      const std::int64_t size = parameter.tensor.numel();
      places_[i] = {end, size, aligned(size)};
      values.push_back(torch::constant_pad_nd(parameter.tensor.detach().reshape({-1}),
                                              {0, places_[i].padded - size}));
      segments.push_back(torch::full({places_[i].padded}, static_cast<std::int64_t>(order_.size()),
                                     values.back().options().dtype(torch::kInt64)));
      order_.push_back(i);
      end += places_[i].padded;
    }
    ranges_.back().size = end - ranges_.back().begin;
  }
  if (values.empty()) return;
  values_ = torch::cat(values);
  segments_ = torch::cat(segments);
  for (std::size_t i : order_) {
    Tensor tensor = parameters.list()[i].tensor;
    tensor.set_data(part(values_, i));
  }
}

Tensor FlatParameters::part(const Tensor& vector, std::size_t index) const {
  const Place& place = places_[index];
  if (place.begin < 0) return {};
  return vector.narrow(0, place.begin, place.size).view(parameters_.list()[index].tensor.sizes());
}

Tensor FlatParameters::take_clipped_gradients(double clip) {
  std::vector<Tensor> pieces, gradients;
  const Tensor zeros = torch::zeros({kAlignment}, values_.options());
  for (std::size_t i : order_) {
    Tensor tensor = parameters_.list()[i].tensor;
    const Place& place = places_[i];
    gradients.push_back(tensor.grad().defined() ? tensor.grad().reshape({-1})
                                                : torch::zeros({place.size}, values_.options()));
    tensor.mutable_grad().reset();
    pieces.push_back(gradients.back());
    if (place.padded > place.size) pieces.push_back(zeros.narrow(0, 0, place.padded - place.size));
  }
  const Tensor norms = torch::stack(at::_foreach_norm(gradients, 2));
  return torch::cat(pieces).mul_((clip / norms).clamp_max_(1.0).index_select(0, segments_));
}

}  // namespace bitcpp
