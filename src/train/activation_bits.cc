#include "train/activation_bits.h"

#include <bit>

namespace bitcpp {

std::string ActivationBits::short_name() const {
  if (levels_ == 3) return "t";
  return levels_ == 0 ? "32" : std::to_string(std::bit_width(static_cast<unsigned>(levels_)) - 1);
}

nlohmann::json ActivationBits::to_json() const {
  if (levels_ == 3) return "ternary";
  return levels_ == 0 ? 32 : std::bit_width(static_cast<unsigned>(levels_)) - 1;
}

bool ActivationBits::from_json(const nlohmann::json& value, ActivationBits& result) {
  if (value == "ternary") {
    result = ternary();
    return true;
  }
  for (int bits : {1, 2, 4, 8, 32})
    if (value.is_number_integer() && value == bits) {
      result = bits;
      return true;
    }
  return false;
}

}  // namespace bitcpp
