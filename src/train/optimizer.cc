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

Adam::Adam(const ParameterSet& parameters, const AdamOptions& options, ParameterLayout layout)
    : parameters_(parameters), options_(options) {
  if (layout == ParameterLayout::kFlat) {
    flat_ = std::make_unique<FlatParameters>(parameters);
    flat_moments_ = {torch::zeros_like(flat_->values()), torch::zeros_like(flat_->values())};
  }
  const auto zeros = [&](const Tensor& vector, std::size_t index) {
    const Tensor part = flat_ ? flat_->part(vector, index) : Tensor();
    return part.defined() ? part : torch::zeros_like(parameters.list()[index].tensor);
  };
  for (std::size_t i = 0; i < parameters.list().size(); ++i)
    moments_.push_back({zeros(flat_moments_.first, i), zeros(flat_moments_.second, i)});
}

namespace {

/// The same update in ATen, for tensors off the CPU and for gathered rows. No value comes back to
/// the host.
void adam_update(Tensor value, Tensor first, Tensor second, const Tensor& gradient,
                 const AdamOptions& options, double rate, double decay, double correction1,
                 double correction2) {
  first.mul_(options.beta1).add_(gradient, 1 - options.beta1);
  second.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  if (decay > 0) value.mul_(1 - rate * decay);
  value.addcdiv_(first, (second / correction2).sqrt_().add_(options.eps), -rate / correction1);
}

Tensor clipped(const Tensor& gradient, double clip) {
  return gradient * (clip / gradient.norm()).clamp_max(1.0);
}

}  // namespace

Adam::Update Adam::update_of(ParameterRole role, double rate, double scale_rate) const {
  const double t = static_cast<double>(steps_);
  const bool corrected = options_.bias_correction;
  const bool decays = role == ParameterRole::kWeight || role == ParameterRole::kWordEmbedding;
  return {role == ParameterRole::kScale ? scale_rate : rate, decays ? options_.weight_decay : 0,
          corrected ? 1 - std::pow(options_.beta1, t) : 1,
          corrected ? 1 - std::pow(options_.beta2, t) : 1};
}

void Adam::step(double rate, double scale_rate, const WordRows& words) {
  torch::NoGradGuard no_gradient;
  ++steps_;
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    const Parameter& parameter = parameters_.list()[i];
    const Update update = update_of(parameter.role, rate, scale_rate);
    if (parameter.role == ParameterRole::kWordEmbedding) {
      if (words.gradient.defined()) update_rows(parameter, moments_[i], words, update);
    } else if (!flat_) {
      if (parameter.tensor.grad().defined()) {
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
  if (flat_) step_flat(rate, scale_rate);
}

void Adam::step_flat(double rate, double scale_rate) {
  const Tensor gradients = flat_->take_clipped_gradients(options_.clip);
  for (const FlatRange& range : flat_->ranges()) {
    if (range.size == 0) continue;
    const auto part = [&](const Tensor& vector) {
      return vector.narrow(0, range.begin, range.size);
    };
    const Update update = update_of(range.role, rate, scale_rate);
    adam_update(part(flat_->values()), part(flat_moments_.first), part(flat_moments_.second),
                part(gradients), options_, update.rate, update.decay, update.correction1,
                update.correction2);
    if (range.role == ParameterRole::kScale) part(flat_->values()).clamp_min_(kSmallestScale);
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
  adam_update(value, moments.first, moments.second, clipped(gradient, options_.clip), options_,
              update.rate, update.decay, update.correction1, update.correction2);
}

void Adam::update_rows(const Parameter& parameter, Moments& moments, const WordRows& words,
                       const Update& update) const {
  Tensor value = parameter.tensor;
  Tensor rows = value.index_select(0, words.ids);
  Tensor first = moments.first.index_select(0, words.ids);
  Tensor second = moments.second.index_select(0, words.ids);
  adam_update(rows, first, second, clipped(words.gradient, options_.clip), options_, update.rate,
              update.decay, update.correction1, update.correction2);
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
