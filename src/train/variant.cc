#include "train/variant.h"

namespace bitcpp {
namespace {

template <typename Enum>
VariantOption option(const char* key, Enum Variant::*field, std::vector<const char*> names) {
  return {key, std::move(names),
          [field](const Variant& variant) { return static_cast<int>(variant.*field); },
          [field](Variant& variant, int value) { variant.*field = static_cast<Enum>(value); }};
}

}  // namespace

const std::vector<VariantOption>& variant_options() {
  static const std::vector<VariantOption> options = {
      option("sets", &Variant::sets, {"two", "one"}),
      option("attention", &Variant::attention, {"softmax", "bool"}),
      option("shifts", &Variant::shifts, {"all", "inputs", "none"}),
      option("arithmetic", &Variant::arithmetic, {"thresholds", "published"}),
      option("word_mean", &Variant::word_mean, {"row", "table"}),
      option("nonlinearity", &Variant::nonlinearity, {"relu", "gelu"}),
      option("padding", &Variant::padding, {"none", "max_length"}),
  };
  return options;
}

std::string VariantOption::expected() const {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0                  ? "\""
             : i + 1 == names.size() ? " or \""
                                     : ", \"") +
            std::string(names[i]) + "\"";
  return text;
}

bool VariantOption::set_by_name(Variant& variant, const std::string& name) const {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) {
      set(variant, static_cast<int>(i));
      return true;
    }
  return false;
}

std::string Variant::unpackable() const {
  for (const VariantOption& option : variant_options()) {
    // Without shifts thresholds are scales: nothing the format lacks.
    if (std::string(option.key) != "shifts" && option.get(*this) != 0)
      return std::string(option.key) + " = \"" + option.name_in(*this) + "\"";
  }
  return "";
}

}  // namespace bitcpp
