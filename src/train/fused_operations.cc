// Operations on the CPU: one pass per quantizer, binarized forward products by popcount, gradients'
// products in bfloat16 where asked for.
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>

#include "train/fused_attention.h"
#include "train/fused_kernels.h"
#include "train/fused_weight.h"
#include "train/libtorch.h"
#include "train/operations.h"

namespace bitcpp {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::tensor_list;

float scalar(const Tensor& one) { return *one.data_ptr<float>(); }
const float* floats(const Tensor& x) { return x.data_ptr<float>(); }
float* mutable_floats(Tensor& x) { return x.data_ptr<float>(); }

CodeScale code_scale(const QuantizerSpec& spec) {
  return {spec.levels, spec.step(), spec.lowest()};
}

/// A quantizer's thresholds, (levels - 1, channels), with the arithmetic of quantizer.cc. After
/// ReLU nothing is below zero, so a threshold there is always reached.
std::vector<float> threshold_table(const Tensor& shift, float scale, const QuantizerSpec& spec,
                                   std::int64_t channels, bool after_relu) {
  std::vector<float> table((spec.levels - 1) * channels);
  for (int j = 1; j < spec.levels; ++j) {
    const float step = spec.is_sign() ? 0.0f : scale * static_cast<float>(spec.threshold_factor(j));
    for (std::int64_t c = 0; c < channels; ++c) {
      const float at = floats(shift)[c] + step;
      table[(j - 1) * channels + c] =
          after_relu && at <= 0 ? -std::numeric_limits<float>::infinity() : at;
    }
  }
  return table;
}

double damping(const Tensor& x, const QuantizerSpec& spec) {
  return 1.0 / std::sqrt(static_cast<double>(x.numel()) * spec.gradient_levels());
}

/// Raw element pointer of a gradient matrix, as the loops of fused_kernels.h take it.
template <typename T>
T* elements(const Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}
template <typename T>
constexpr torch::ScalarType kTorchType =
    std::is_same_v<T, float> ? torch::kFloat : torch::kBFloat16;

/// The specification of a place travels through autograd's saved data as these numbers.
void save_spec(AutogradContext* ctx, const QuantizerSpec& spec) {
  ctx->saved_data["levels"] = static_cast<int64_t>(spec.levels);
  ctx->saved_data["signed"] = spec.is_signed;
}
QuantizerSpec saved_spec(AutogradContext* ctx) {
  return {static_cast<int>(ctx->saved_data["levels"].toInt()), ctx->saved_data["signed"].toBool()};
}

struct QuantizedLinear : Function<QuantizedLinear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& shift,
                        const Tensor& scale, const Tensor& weight, const Tensor& bias,
                        const QuantizerSpec& spec, bool after_relu, bool per_row, bool bf16) {
    const int64_t rows = x.size(0), in = weight.size(1), out = weight.size(0);
    Tensor bits = torch::empty({out, words_for(in)}, torch::kLong);
    const auto scales =
        fused::binarize_weight(floats(weight), out, in, per_row, elements<std::uint64_t>(bits));
    const fused::PopcountLinear product(elements<std::uint64_t>(bits), out, in, scales);
    const auto thresholds = threshold_table(shift, scalar(scale), spec, in, after_relu);
    Tensor y = torch::empty({rows, out});
    product.run(floats(x), rows, code_scale(spec), thresholds.data(), scalar(scale), floats(bias),
                mutable_floats(y));
    ctx->save_for_backward({x, shift, scale});
    save_spec(ctx, spec);
    ctx->saved_data["relu"] = after_relu;
    ctx->saved_data["bf16"] = bf16;
    ctx->saved_data["bits"] = bits;
    ctx->saved_data["scales"] = torch::tensor(scales);
    return y;
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    const Tensor incoming = gradients[0].contiguous();
    return ctx->saved_data["bf16"].toBool() ? backward_in<fused::BFloat16Bits>(ctx, incoming)
                                            : backward_in<float>(ctx, incoming);
  }

  template <typename T>
  static tensor_list backward_in(AutogradContext* ctx, const Tensor& incoming) {
    auto saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &shift = saved[1], &scale = saved[2];
    const QuantizerSpec spec = saved_spec(ctx);
    const bool after_relu = ctx->saved_data["relu"].toBool();
    const Tensor bits = ctx->saved_data["bits"].toTensor();
    const Tensor scales = ctx->saved_data["scales"].toTensor();
    const int64_t rows = x.size(0), in = x.size(1), out = incoming.size(1);

    Tensor scaled = torch::empty({rows, out}, kTorchType<T>), by_bias = torch::empty({out});
    fused::scale_columns(floats(incoming), rows, out, floats(scales), elements<T>(scaled),
                         mutable_floats(by_bias));
    Tensor signs = torch::empty({out, in}, kTorchType<T>);
    fused::spread_signs(elements<std::uint64_t>(bits), out, in, elements<T>(signs));
    Tensor by_value = at::mm(scaled, signs);

    const auto thresholds = threshold_table(shift, scalar(scale), spec, in, after_relu);
    const fused::QuantizerTable table{thresholds.data(), spec.levels, spec.step(), spec.lowest()};
    const fused::QuantizerGradient place{floats(shift), scalar(scale), spec.is_sign(), after_relu};
    Tensor by_x = torch::empty({rows, in}), by_shift = torch::empty({in});
    Tensor integers = torch::empty({rows, in}, kTorchType<T>);
    const double by_scale = fused::quantize_backward(
        floats(x), elements<T>(by_value), rows, in, table, place, mutable_floats(by_x),
        mutable_floats(by_shift), elements<T>(integers));

    Tensor products = at::mm(scaled.t(), integers);
    // `scaled` carries each row's scale, which the straight-through weight gradient must not have.
    Tensor factor = torch::where(scales > 0, scale / scales, torch::zeros_like(scales));
    Tensor by_weight = torch::empty({out, in});
    fused::scale_rows(elements<T>(products), out, in, floats(factor), mutable_floats(by_weight));
    return {by_x,      by_shift, torch::full({1}, by_scale * damping(x, spec)),
            by_weight, by_bias,  Tensor(),
            Tensor(),  Tensor(), Tensor()};
  }
};

/// Full-precision linear with all three products in bfloat16 and fp32 results' sums left to the
/// library.
struct BFloat16Linear : Function<BFloat16Linear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) {
    Tensor low_x = x.to(torch::kBFloat16), low_weight = weight.to(torch::kBFloat16);
    ctx->save_for_backward({low_x, low_weight});
    return at::mm(low_x, low_weight.t()).to(torch::kFloat).add_(bias);
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    auto saved = ctx->get_saved_variables();
    Tensor low = gradients[0].to(torch::kBFloat16);
    return {at::mm(low, saved[1]).to(torch::kFloat), at::mm(low.t(), saved[0]).to(torch::kFloat),
            gradients[0].sum(0)};
  }
};

struct AddNorm : Function<AddNorm> {
  static Tensor forward(AutogradContext* ctx, const Tensor& y, const Tensor& x,
                        const Tensor& weight, const Tensor& bias, double eps) {
    const int64_t rows = x.size(0), cols = x.size(1);
    Tensor out = torch::empty_like(x), normalized = torch::empty_like(x),
           inverse = torch::empty({rows});
    fused::add_norm(floats(y), floats(x), rows, cols, floats(weight), floats(bias),
                    static_cast<float>(eps), mutable_floats(out), mutable_floats(normalized),
                    mutable_floats(inverse));
    ctx->save_for_backward({weight});
    ctx->saved_data["normalized"] = normalized;
    ctx->saved_data["inverse"] = inverse;
    return out;
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    const Tensor weight = ctx->get_saved_variables()[0], incoming = gradients[0].contiguous();
    const Tensor normalized = ctx->saved_data["normalized"].toTensor();
    const Tensor inverse = ctx->saved_data["inverse"].toTensor();
    const int64_t rows = normalized.size(0), cols = normalized.size(1);
    Tensor by_input = torch::empty_like(normalized), by_weight = torch::empty({cols}),
           by_bias = torch::empty({cols});
    fused::add_norm_backward(floats(incoming), floats(normalized), floats(inverse), floats(weight),
                             rows, cols, mutable_floats(by_input), mutable_floats(by_weight),
                             mutable_floats(by_bias));
    return {by_input, by_input, by_weight, by_bias, Tensor()};
  }
};

fused::AttentionShape shape_of(const std::vector<int64_t>& offsets, int64_t heads, int64_t hidden) {
  return {offsets.data(), static_cast<int64_t>(offsets.size()) - 1, heads, hidden / heads};
}

struct FloatAttention : Function<FloatAttention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& query, const Tensor& key,
                        const Tensor& value, const std::vector<int64_t>& offsets, int64_t heads) {
    ctx->save_for_backward({query, key, value});
    ctx->saved_data["offsets"] = offsets;
    ctx->saved_data["heads"] = heads;
    const auto shape = shape_of(offsets, heads, query.size(1));
    Tensor context = torch::empty_like(query);
    fused::attention(floats(query), floats(key), floats(value), shape, softmax_for(shape),
                     mutable_floats(context));
    return context;
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    auto saved = ctx->get_saved_variables();
    const Tensor incoming = gradients[0].contiguous();
    const auto offsets = ctx->saved_data["offsets"].toIntVector();
    const auto shape = shape_of(offsets, ctx->saved_data["heads"].toInt(), incoming.size(1));
    Tensor by[3];
    for (Tensor& each : by) each = torch::empty_like(incoming);
    fused::attention_backward(
        floats(incoming), floats(saved[0]), floats(saved[1]), floats(saved[2]), shape,
        softmax_for(shape), 1, 1, 1,
        {mutable_floats(by[0]), mutable_floats(by[1]), mutable_floats(by[2]), 0});
    return {by[0], by[1], by[2], Tensor(), Tensor()};
  }
  static fused::AttentionSoftmax softmax_for(const fused::AttentionShape& shape) {
    fused::AttentionSoftmax softmax;
    softmax.score_scale = 1 / std::sqrt(static_cast<double>(shape.width));
    return softmax;
  }
};

/// The quantizer of query, key or value as the loops take it.
class AttentionCodes {
 public:
  AttentionCodes(const Tensor& shift, const Tensor& scale, const QuantizerSpec& spec)
      : spec_(spec), shift_(floats(shift)), inverse_(1 / scalar(scale)) {
    if (!spec.rounds())
      thresholds_ = threshold_table(shift, scalar(scale), spec, shift.numel(), false);
  }
  fused::QuantizerTable table() const {
    return {thresholds_.data(), spec_.levels, spec_.step(), spec_.lowest(), shift_, inverse_};
  }

 private:
  QuantizerSpec spec_;
  const float* shift_;
  float inverse_;
  std::vector<float> thresholds_;
};

/// Attention from the floats of q, k, v to the real context, quantizing all four of its places.
struct QuantizedAttention : Function<QuantizedAttention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& query, const Tensor& key,
                        const Tensor& value, const Tensor& query_shift, const Tensor& key_shift,
                        const Tensor& value_shift, const Tensor& query_scale,
                        const Tensor& key_scale, const Tensor& value_scale,
                        const Tensor& probability_scale, const QuantizerSpec& spec, bool by_row,
                        const std::vector<int64_t>& offsets, int64_t heads) {
    const Tensor inputs[3] = {query, key, value};
    const Tensor shifts[3] = {query_shift, key_shift, value_shift};
    const Tensor scales[3] = {query_scale, key_scale, value_scale};
    Tensor integers[3];
    const int64_t rows = query.size(0), hidden = query.size(1);
    for (int i = 0; i < 3; ++i) {
      const AttentionCodes codes(shifts[i], scales[i], spec);
      integers[i] = torch::empty_like(query);
      fused::quantize(floats(inputs[i]), rows, hidden, codes.table(), mutable_floats(integers[i]));
    }
    const auto shape = shape_of(offsets, heads, hidden);
    Tensor context = torch::empty_like(query);
    fused::attention(floats(integers[0]), floats(integers[1]), floats(integers[2]), shape,
                     softmax_for(shape, spec, by_row, query_scale, key_scale, probability_scale),
                     mutable_floats(context));
    ctx->save_for_backward({query, key, value, query_shift, key_shift, value_shift, query_scale,
                            key_scale, value_scale, probability_scale});
    ctx->saved_data["integers"] = torch::stack({integers[0], integers[1], integers[2]});
    ctx->saved_data["offsets"] = offsets;
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["by_row"] = by_row;
    save_spec(ctx, spec);
    return context.mul_(scalar(probability_scale) * scalar(value_scale));
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    auto saved = ctx->get_saved_variables();
    const Tensor incoming = gradients[0].contiguous();
    const QuantizerSpec spec = saved_spec(ctx);
    const auto offsets = ctx->saved_data["offsets"].toIntVector();
    const auto shape = shape_of(offsets, ctx->saved_data["heads"].toInt(), incoming.size(1));
    const Tensor integers = ctx->saved_data["integers"].toTensor();
    const auto softmax =
        softmax_for(shape, spec, ctx->saved_data["by_row"].toBool(), saved[6], saved[7], saved[9]);
    Tensor by_value[3];  // of the quantized real values
    for (Tensor& each : by_value) each = torch::empty_like(incoming);
    const double by_probability = fused::attention_backward(
        floats(incoming), floats(integers[0]), floats(integers[1]), floats(integers[2]), shape,
        softmax, scalar(saved[6]), scalar(saved[7]), scalar(saved[8]),
        {mutable_floats(by_value[0]), mutable_floats(by_value[1]), mutable_floats(by_value[2]), 0});

    tensor_list result(14);
    Tensor scratch = torch::empty_like(incoming);
    for (int i = 0; i < 3; ++i) {
      const Tensor &x = saved[i], &shift = saved[3 + i], &scale = saved[6 + i];
      const AttentionCodes codes(shift, scale, spec);
      Tensor by_x = torch::empty_like(incoming), by_shift = torch::empty_like(shift);
      const double by_scale = fused::quantize_backward(
          floats(x), floats(by_value[i]), x.size(0), x.size(1), codes.table(),
          {floats(shift), scalar(scale), spec.is_sign(), false}, mutable_floats(by_x),
          mutable_floats(by_shift), mutable_floats(scratch));
      result[i] = by_x;
      result[3 + i] = by_shift;
      result[6 + i] = torch::full({1}, by_scale * damping(x, spec));
    }
    const auto elements = static_cast<double>(probability_count(offsets, shape.heads));
    const QuantizerSpec probability{spec.levels, false};
    result[9] =
        torch::full({1}, by_probability / std::sqrt(elements * probability.gradient_levels()));
    return result;
  }

  static fused::AttentionSoftmax softmax_for(const fused::AttentionShape& shape,
                                             const QuantizerSpec& spec, bool by_row,
                                             const Tensor& query_scale, const Tensor& key_scale,
                                             const Tensor& probability_scale) {
    const QuantizerSpec probability{spec.levels, false};
    auto softmax =
        probability.rounds()
            ? fused::rounding_softmax(shape.width, scalar(query_scale), scalar(key_scale),
                                      scalar(probability_scale), probability.levels)
            : fused::quantized_softmax(shape.width, spec.lowest(), spec.highest(), spec.step(),
                                       scalar(query_scale), scalar(key_scale),
                                       scalar(probability_scale), probability.levels);
    softmax.by_row = by_row;
    return softmax;
  }
};

/// Whether the CPU multiplies bfloat16 itself; emulated, it would be slower than fp32.
bool has_bfloat16_products() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  static const bool has = __builtin_cpu_supports("avx512bf16");
  return has;
#else
  return false;
#endif
}

Tensor fused_linear(const Tensor& x, const LinearParameters& p, bool after_relu,
                    const OperationContext& context) {
  const bool bf16 = context.options.bf16 && has_bfloat16_products();
  if (!context.config.quantized()) {
    Tensor input = after_relu ? x.relu() : x;
    return bf16 ? BFloat16Linear::apply(input, p.weight, p.bias)
                : torch::linear(input, p.weight, p.bias);
  }
  if (!p.input.scale.defined()) return aten_operations().linear(x, p, after_relu, context);
  return QuantizedLinear::apply(
      x, p.input.shift, p.input.scale, p.weight, p.bias, p.input.spec, after_relu,
      context.config.quantization.weight_scale == WeightScale::kRow, bf16);
}

Tensor fused_attention(const AttentionInputs& in, const LayerParameters& layer,
                       const OperationContext& context) {
  const auto& offsets = context.batch.offsets;
  const int64_t heads = context.config.num_attention_heads;
  if (!layer.query_codes.scale.defined())
    return FloatAttention::apply(in.query, in.key, in.value, offsets, heads);
  return QuantizedAttention::apply(
      in.query, in.key, in.value, layer.query_codes.shift, layer.key_codes.shift,
      layer.value_codes.shift, layer.query_codes.scale, layer.key_codes.scale,
      layer.value_codes.scale, layer.probability_codes.scale, layer.query_codes.spec,
      context.config.quantization.attention_threshold == AttentionThreshold::kRow, offsets, heads);
}

Tensor fused_add_norm(const Tensor& y, const Tensor& x, const NormParameters& norm, double eps) {
  return AddNorm::apply(y, x, norm.weight, norm.bias, eps);
}

}  // namespace

const Operations& fused_operations() {
  static const Operations operations{fused_linear, fused_attention, fused_add_norm};
  return operations;
}

}  // namespace bitcpp
