#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "train/fused_kernels.h"
#include "train/libtorch.h"
#include "train/quantizer.h"

namespace bitcpp {

using torch::Tensor;

double linear_schedule(std::int64_t step, std::int64_t steps, double warmup) {
  const double rise = warmup * static_cast<double>(steps);
  const double at = static_cast<double>(step);
  if (at < rise) return at / std::max(1.0, rise);
  return std::max(
      0.0, (static_cast<double>(steps) - at) / std::max(1.0, static_cast<double>(steps) - rise));
}

Adam::Adam(const ParameterSet& parameters, const AdamOptions& options)
    : parameters_(parameters), options_(options) {
  for (const Parameter& parameter : parameters.list())
    moments_.push_back({torch::zeros_like(parameter.tensor), torch::zeros_like(parameter.tensor)});
}

namespace {

/// The same update in ATen, for tensors off the CPU and for gathered rows. No value comes back to
/// the host.
void adam_update(Tensor value, Tensor first, Tensor second, Tensor gradient,
                 const AdamOptions& options, double rate, double decay, double correction1,
                 double correction2) {
  Tensor factor = (options.clip / gradient.norm()).clamp_max(1.0);
  gradient = gradient * factor;
  first.mul_(options.beta1).add_(gradient, 1 - options.beta1);
  second.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  value.mul_(1 - rate * decay);
  value.addcdiv_(first / correction1, (second / correction2).sqrt_().add_(options.eps), -rate);
}

}  // namespace

void Adam::step(double rate, double scale_rate, const WordRows& words) {
  torch::NoGradGuard no_gradient;
  ++steps_;
  const double t = static_cast<double>(steps_);
  const bool corrected = options_.bias_correction;
  Update update{rate, 0, corrected ? 1 - std::pow(options_.beta1, t) : 1,
                corrected ? 1 - std::pow(options_.beta2, t) : 1};
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    const Parameter& parameter = parameters_.list()[i];
    update.rate = parameter.role == ParameterRole::kScale ? scale_rate : rate;
    const bool decays =
        parameter.role == ParameterRole::kWeight || parameter.role == ParameterRole::kWordEmbedding;
    update.decay = decays ? options_.weight_decay : 0;
    if (parameter.role == ParameterRole::kWordEmbedding) {
      if (words.gradient.defined()) update_rows(parameter, moments_[i], words, update);
    } else if (parameter.tensor.grad().defined()) {
      update_dense(parameter, moments_[i], update);
      Tensor target = parameter.tensor;
      target.mutable_grad().reset();
    }
    if (parameter.role == ParameterRole::kScale) {
      Tensor target = parameter.tensor;
      target.clamp_min_(kSmallestScale);
    }
  }
}

void Adam::update_dense(const Parameter& parameter, Moments& moments, const Update& update) const {
  Tensor value = parameter.tensor, gradient = parameter.tensor.grad();
  if (value.is_cpu() && gradient.is_contiguous()) {
    const double norm =
        std::sqrt(fused::sum_of_squares(gradient.data_ptr<float>(), gradient.numel()));
    const double factor = norm > options_.clip ? options_.clip / norm : 1.0;
    fused::adam(value.data_ptr<float>(), moments.first.data_ptr<float>(),
                moments.second.data_ptr<float>(), gradient.data_ptr<float>(), value.numel(),
                {options_.beta1, options_.beta2, options_.eps, update.rate, update.decay,
                 update.correction1, update.correction2, factor});
    return;
  }
  adam_update(value, moments.first, moments.second, gradient, options_, update.rate, update.decay,
              update.correction1, update.correction2);
}

void Adam::update_rows(const Parameter& parameter, Moments& moments, const WordRows& words,
                       const Update& update) const {
  Tensor value = parameter.tensor;
  Tensor rows = value.index_select(0, words.ids);
  Tensor first = moments.first.index_select(0, words.ids);
  Tensor second = moments.second.index_select(0, words.ids);
  adam_update(rows, first, second, words.gradient, options_, update.rate, update.decay,
              update.correction1, update.correction2);
  value.index_copy_(0, words.ids, rows);
  moments.first.index_copy_(0, words.ids, first);
  moments.second.index_copy_(0, words.ids, second);
}

std::map<std::string, Tensor> Adam::state() const {
  std::map<std::string, Tensor> state;
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    state["adam.first." + parameters_.list()[i].name] = moments_[i].first;
    state["adam.second." + parameters_.list()[i].name] = moments_[i].second;
  }
  state["adam.steps"] = torch::tensor(steps_, torch::kInt64).reshape({1});
  return state;
}

void Adam::load(const std::map<std::string, Tensor>& state) {
  auto get = [&](const std::string& name) -> const Tensor& {
    auto found = state.find(name);
    if (found == state.end()) throw Error("checkpoint: expected \"" + name + "\"");
    return found->second;
  };
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    moments_[i].first.copy_(get("adam.first." + parameters_.list()[i].name));
    moments_[i].second.copy_(get("adam.second." + parameters_.list()[i].name));
  }
  steps_ = get("adam.steps").item<std::int64_t>();
}

}  // namespace bitcpp
