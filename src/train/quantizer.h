// Elastic binarization and its multi-bit relatives (BiT section 3; LSQ, Esser et al. 2020), as ATen
// operations on any device. fused_*.h holds the faster CPU versions of the same functions.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

namespace bitcpp {

/// Which integers a place may take. Signed: {-1,1}, {-1,0,1}, -2 .. 1, -8 .. 7, -128 .. 127.
/// Unsigned: 0 .. levels-1.
struct QuantizerSpec {
  int levels = 2;
  bool is_signed = true;

  bool is_sign() const { return is_signed && levels == 2; }
  int lowest() const { return is_sign() ? -1 : is_signed ? -(levels / 2) : 0; }
  int highest() const { return is_sign() ? 1 : lowest() + levels - 1; }
  /// With many levels x is rounded, (x - shift) * (1 / scale) to the nearest integer, ties to even,
  /// and not compared: 255 thresholds a channel would outweigh the matrices.
  bool rounds() const { return levels > 16; }
  /// The integer of code c is step() * c + lowest().
  int step() const { return is_sign() ? 2 : 1; }
  /// LSQ's number of levels, by which a scale's gradient is damped: 1 at one bit.
  int gradient_levels() const { return is_sign() ? 1 : highest(); }
  /// Threshold j of 1 .. levels-1 lies at shift + scale * threshold_factor(j).
  double threshold_factor(int j) const { return is_sign() ? 0.0 : lowest() + j - 0.5; }
};

/// scale * integer(x), where x gets code c when it reaches c of the thresholds shift + scale * (j -
/// 0.5 + lowest) (see rounds() for many levels); at one bit these are method.md's two elastic
/// functions. Backward: the straight-through rules of method.md section 2. x (..., channels) float;
/// shift (channels) or undefined; scale (1). Returns x's shape. `elements` is the count by which
/// LSQ damps the scale's gradient: x's elements unless some of them are padding.
torch::Tensor elastic_quantize(const torch::Tensor& x, const torch::Tensor& shift,
                               const torch::Tensor& scale, QuantizerSpec spec,
                               std::optional<std::int64_t> elements = {});

/// The integers alone, without gradient: what the packed engine computes with. Same shapes.
torch::Tensor quantize_to_integers(const torch::Tensor& x, const torch::Tensor& shift,
                                   const torch::Tensor& scale, QuantizerSpec spec);

/// L2-optimal first scale for x (BiT section 3): mean |x| for {-1,1}; for unsigned sets the fixed
/// point of alpha = sum(x q) / sum(q q), at one bit the mean of the x >= alpha / 2; with more than
/// four levels that from the best of 40 shares of the range. At least 1e-5.
/// Returns (1).
torch::Tensor initial_scale(const torch::Tensor& x, QuantizerSpec spec);

/// Scales never fall below this.
inline constexpr double kSmallestScale = 1e-5;

}  // namespace bitcpp
