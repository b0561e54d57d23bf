#include "model/ngram_scores.h"

#include <algorithm>
#include <cmath>

#include "format/token_ngrams.h"

namespace bitcpp {

void add_ngram_scores(const PackedNgrams& ngrams, std::span<const std::int32_t> ids,
                      std::span<std::int32_t> sums, std::span<float> logits) {
  std::fill(sums.begin(), sums.end(), 0);
  const auto buckets = static_cast<std::uint32_t>(ngrams.buckets);
  visit_token_ngrams(ids, buckets, [&](std::uint32_t place) {
    const std::int8_t* row = ngrams.weight.data() + place * sums.size();
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += row[c];
  });
  const float root = std::sqrt(static_cast<float>(token_ngram_count(ids.size())));
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const float score = ngrams.scale[c] * static_cast<float>(sums[c]) / root;
    logits[c] += score + ngrams.bias[c];
  }
}

}  // namespace bitcpp
