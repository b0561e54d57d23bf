// Rows of the literature's tables that are not the method: each a named option, none the default.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bitcpp {

/// kTwo: {0,1} where nothing is negative, as in BiT. kOne: signed sets everywhere, behind the
/// softmax and the ReLU too, as before BiT (its ablation's first row).
enum class ActivationSets { kTwo, kOne };

/// kSoftmax: probabilities are quantized. kBool: a key counts or not, as its score is at least 0 or
/// below (BiBERT, Qin et al. 2022, equation 10); no softmax.
enum class AttentionKind { kSoftmax, kBool };

/// Which quantizers learn a shift: all, those before matrices (the published code computes the
/// others and throws them away), none.
enum class LearnedShifts { kAll, kInputs, kNone };

/// kThresholds: a value's code is the number of thresholds it reaches. kPublished: as the published
/// code computes it: sign(0) = 0, ties rounded to even, ranges closed at both ends, unsigned sets
/// of more than two levels counted from the batch's least value.
enum class Arithmetic { kThresholds, kPublished };

/// What is taken off a word's row before its signs: its own mean, or (published code) the table's.
enum class WordMean { kRow, kTable };

/// Students' nonlinearity in the feed-forward network. BiBERT keeps GELU.
enum class Nonlinearity { kRelu, kGelu };

/// kNone: no padding. kMaxLength: every text padded to the task's length with [PAD], which nothing
/// attends to, but which counts in losses, scales' start and damping, as in the published code.
enum class Padding { kNone, kMaxLength };

struct Variant {
  ActivationSets sets = ActivationSets::kTwo;
  AttentionKind attention = AttentionKind::kSoftmax;
  LearnedShifts shifts = LearnedShifts::kAll;
  Arithmetic arithmetic = Arithmetic::kThresholds;
  WordMean word_mean = WordMean::kRow;
  Nonlinearity nonlinearity = Nonlinearity::kRelu;
  Padding padding = Padding::kNone;

  /// Whether the fused CPU operations compute it; ATen's compute every one.
  bool fused() const {
    return sets == ActivationSets::kTwo && attention == AttentionKind::kSoftmax &&
           arithmetic == Arithmetic::kThresholds && padding == Padding::kNone;
  }
  /// The first option that a packed file has no room for, as "key = value"; empty: none.
  std::string unpackable() const;

  bool operator==(const Variant&) const = default;
};

/// One option: its key in recipes and config.json, the names of its values, and access by number.
struct VariantOption {
  const char* key;
  std::vector<const char*> names;  // of the values 0, 1, ...; the first is the default
  std::function<int(const Variant&)> get;
  std::function<void(Variant&, int)> set;

  /// `"two" or "one"`, for errors.
  std::string expected() const;
  /// The value called `name`; false where there is none.
  bool set_by_name(Variant& variant, const std::string& name) const;
  const char* name_in(const Variant& variant) const {
    return names[static_cast<std::size_t>(get(variant))];
  }
};

const std::vector<VariantOption>& variant_options();

}  // namespace bitcpp
