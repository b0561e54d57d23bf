// The n-gram head: what tokens and pairs of neighbours say by themselves, added to the logits.
#pragma once

#include <cstdint>
#include <span>

#include "format/packed_model.h"

namespace bitcpp {

/// logits[c] += scale[c] * n / sqrt(count) + bias[c], n the sum of weight[g][c] over the `count`
/// n-grams g of `ids`; each float operation rounded, in this order (docs/format.md). `sums` is
/// scratch; both have as many items as `ngrams` has outputs.
void add_ngram_scores(const PackedNgrams& ngrams, std::span<const std::int32_t> ids,
                      std::span<std::int32_t> sums, std::span<float> logits);

}  // namespace bitcpp
