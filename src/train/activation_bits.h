// How many values an activation may take, as recipes and configurations name it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bitcpp {

/// 1, 2, 4 or 8 bits, "ternary" (three values, two bit planes), or 32: not quantized.
class ActivationBits {
 public:
  constexpr ActivationBits(int bits = 32) : levels_(bits == 32 ? 0 : 1 << bits) {}
  static constexpr ActivationBits ternary() {
    ActivationBits result;
    result.levels_ = 3;
    return result;
  }

  constexpr bool quantized() const { return levels_ != 0; }
  /// 2, 3, 4, 16, 256; 0 when not quantized.
  constexpr int levels() const { return levels_; }
  /// Whether a place may have it: up to 8 bits where only dot products of attention follow, up to 4
  /// before a matrix of signs, whose product takes one pass per bit.
  constexpr bool fits_attention() const {
    return levels_ == 2 || levels_ == 3 || levels_ == 4 || levels_ == 16 || levels_ == 256;
  }
  constexpr bool fits_linear() const { return fits_attention() && levels_ <= 16; }

  /// "1", "2", "4", "8", "32" or "t", as in W1At.
  std::string short_name() const;
  /// A number or "ternary", the form that `from_json` reads.
  nlohmann::json to_json() const;
  /// False when `value` is none of the above.
  static bool from_json(const nlohmann::json& value, ActivationBits& result);

  constexpr bool operator==(const ActivationBits&) const = default;

 private:
  int levels_;
};

}  // namespace bitcpp
