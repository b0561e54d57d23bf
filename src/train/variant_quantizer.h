// Quantizers of variants (variant.h): the published code's arithmetic, and BiBERT's bool.
#pragma once

#include "train/quantizer.h"

namespace bitcpp {

/// Where a quantizer's scale starts: at the L2-optimal value, at 2 mean|x| / sqrt(levels) (signed)
/// or 4 mean|x| / sqrt(levels) as in the published code, or at 1 (BiBERT has no scales).
enum class InitialScale { kOptimal, kPublished, kOne };

/// The elastic functions with Arithmetic::kPublished. Shapes and `elements` as elastic_quantize's.
torch::Tensor published_quantize(const torch::Tensor& x, const torch::Tensor& shift,
                                 const torch::Tensor& scale, QuantizerSpec spec,
                                 std::optional<std::int64_t> elements = {});

/// scale where x >= 0, else 0; the gradient passes where |x| <= scale, as sign's does (BiBERT,
/// equation 9 with scale 1). `elements` as elastic_quantize's; the same shape as x.
torch::Tensor bool_quantize(const torch::Tensor& x, const torch::Tensor& scale,
                            std::int64_t elements);

/// The published start: mean |x| times 2 or 4, over the root of the highest integer. Returns (1),
/// at least 1e-5.
torch::Tensor published_initial_scale(const torch::Tensor& x, QuantizerSpec spec);

}  // namespace bitcpp
