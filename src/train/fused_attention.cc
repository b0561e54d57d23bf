#include "train/fused_attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/float_exp2.h"
#include "train/fused_kernels.h"
#include "train/parallel.h"

namespace bitcpp::fused {
namespace {

/// Scratch of one head of one sequence of `tokens`; square matrices are (tokens, tokens), row =
/// query.
struct Scratch {
  std::vector<float> transposed_key, transposed_value, scores, probabilities, gradient, levels;
  std::vector<float> row_scales;  // (tokens), of levels: 1, or each row's greatest probability
  void resize(std::int64_t tokens, std::int64_t width) {
    const std::size_t square = tokens * tokens, panel = tokens * width;
    for (auto* matrix : {&scores, &probabilities, &gradient, &levels})
      if (matrix->size() < square) matrix->resize(square);
    row_scales.resize(tokens);
    for (auto* matrix : {&transposed_key, &transposed_value})
      if (matrix->size() < panel) matrix->resize(panel);
  }
};

/// One head of one sequence: `tokens` rows of `width`, `stride` apart.
struct Head {
  std::int64_t tokens, width, stride;
};

void transpose(const float* from, const Head& head, float* to) {
  for (std::int64_t t = 0; t < head.tokens; ++t)
    for (std::int64_t c = 0; c < head.width; ++c)
      to[c * head.tokens + t] = from[t * head.stride + c];
}

/// out[i][j] = sum_c a[i][c] * b[c][j]: (tokens, width) x (width, tokens).
BITCPP_FOR_EACH_CPU
void rows_times_panel(const float* a, const float* b, const Head& head, float* out) {
  for (std::int64_t i = 0; i < head.tokens; ++i) {
    float* __restrict row = out + i * head.tokens;
    for (std::int64_t j = 0; j < head.tokens; ++j) row[j] = 0;
    for (std::int64_t c = 0; c < head.width; ++c) {
      const float factor = a[i * head.stride + c];
      const float* __restrict line = b + c * head.tokens;
      for (std::int64_t j = 0; j < head.tokens; ++j) row[j] += factor * line[j];
    }
  }
}

/// out[i][c] = factor * sum_j s[i][j] * b[j][c].
BITCPP_FOR_EACH_CPU
void square_times_rows(const float* square, const float* b, const Head& head, float factor,
                       float* out) {
  for (std::int64_t i = 0; i < head.tokens; ++i) {
    float* __restrict row = out + i * head.stride;
    for (std::int64_t c = 0; c < head.width; ++c) row[c] = 0;
    for (std::int64_t j = 0; j < head.tokens; ++j) {
      const float weight = square[i * head.tokens + j];
      const float* __restrict line = b + j * head.stride;
      for (std::int64_t c = 0; c < head.width; ++c) row[c] += weight * line[c];
    }
    for (std::int64_t c = 0; c < head.width; ++c) row[c] *= factor;
  }
}

/// out[j][c] = factor * sum_i s[i][j] * a[i][c].
BITCPP_FOR_EACH_CPU
void transposed_square_times_rows(const float* square, const float* a, const Head& head,
                                  float factor, float* out) {
  for (std::int64_t j = 0; j < head.tokens; ++j)
    std::fill_n(out + j * head.stride, head.width, 0.0f);
  for (std::int64_t i = 0; i < head.tokens; ++i) {
    const float* __restrict line = a + i * head.stride;
    for (std::int64_t j = 0; j < head.tokens; ++j) {
      const float weight = square[i * head.tokens + j];
      float* __restrict row = out + j * head.stride;
      for (std::int64_t c = 0; c < head.width; ++c) row[c] += weight * line[c];
    }
  }
  for (std::int64_t j = 0; j < head.tokens; ++j)
    for (std::int64_t c = 0; c < head.width; ++c) out[j * head.stride + c] *= factor;
}

/// Probabilities of one row of integer scores, and the integers they are quantized to, times the
/// row's scale, which it returns.
float quantized_row(const float* scores, std::int64_t tokens, const AttentionSoftmax& softmax,
                    float* probabilities, float* levels) {
  auto value = [&](std::int64_t j) {
    return softmax
        .table[(static_cast<int>(scores[j]) - softmax.score_minimum) / softmax.score_step];
  };
  double sum = 0, largest = 0;
  for (std::int64_t j = 0; j < tokens; ++j) {
    sum += value(j);
    largest = std::max(largest, value(j));
  }
  const double inverse = 1 / sum, unit = softmax.by_row ? largest : sum;
  const float scale = softmax.by_row ? static_cast<float>(largest * inverse) : 1.0f;
  for (std::int64_t j = 0; j < tokens; ++j) {
    const double exponential = value(j);
    int level = 0;
    for (double cut : softmax.cuts) level += exponential >= cut * unit;
    levels[j] = static_cast<float>(level) * scale;
    if (probabilities) probabilities[j] = static_cast<float>(exponential * inverse);
  }
  return scale;
}

/// The same where integers are rounded: e = exp(scale * (n - largest n)), summed in 16 lanes that
/// are then added pairwise, and e * (1 / (alpha * sum)) to the nearest integer.
BITCPP_FOR_EACH_CPU
float rounded_row(const float* __restrict scores, std::int64_t tokens,
                  const AttentionSoftmax& softmax, float* __restrict probabilities,
                  float* __restrict levels) {
  const float scale = static_cast<float>(softmax.score_scale) * FloatExp2::kLog2E;
  float largest = scores[0];
  for (std::int64_t j = 1; j < tokens; ++j) largest = scores[j] > largest ? scores[j] : largest;
  for (std::int64_t j = 0; j < tokens; ++j) levels[j] = float_exp2(scale * (scores[j] - largest));
  float lanes[16] = {};
  std::int64_t whole = tokens / 16 * 16;
  for (std::int64_t j = 0; j < whole; j += 16)
    for (int l = 0; l < 16; ++l) lanes[l] += levels[j + l];
  for (std::int64_t j = whole; j < tokens; ++j) lanes[j - whole] += levels[j];
  for (int width = 8; width > 0; width /= 2)
    for (int l = 0; l < width; ++l) lanes[l] += lanes[l + width];
  // The greatest exponential is 1.
  const float inverse = 1 / lanes[0], unit = softmax.by_row ? 1.0f : lanes[0];
  const float factor = 1 / (softmax.probability_scale * unit);
  const float row_scale = softmax.by_row ? inverse : 1.0f;
  const float highest = static_cast<float>(softmax.levels - 1);
  if (probabilities)
    for (std::int64_t j = 0; j < tokens; ++j) probabilities[j] = levels[j] * inverse;
  for (std::int64_t j = 0; j < tokens; ++j)
    levels[j] = rounded_within(levels[j] * factor, 0, highest) * row_scale;
  return row_scale;
}

void float_row(const float* scores, std::int64_t tokens, const AttentionSoftmax& softmax,
               float* probabilities) {
  const float scale = static_cast<float>(softmax.score_scale);
  const float largest = *std::max_element(scores, scores + tokens);
  float sum = 0;
  for (std::int64_t j = 0; j < tokens; ++j)
    sum += probabilities[j] = std::exp(scale * (scores[j] - largest));
  const float inverse = 1 / sum;
  for (std::int64_t j = 0; j < tokens; ++j) probabilities[j] *= inverse;
}

/// Fills scratch.probabilities and, when quantized, scratch.levels; returns the matrix that
/// multiplies v.
const float* head_probabilities(const float* query, const float* key, const Head& head,
                                const AttentionSoftmax& softmax, bool for_backward,
                                Scratch& scratch) {
  transpose(key, head, scratch.transposed_key.data());
  rows_times_panel(query, scratch.transposed_key.data(), head, scratch.scores.data());
  for (std::int64_t i = 0; i < head.tokens; ++i) {
    const std::int64_t at = i * head.tokens;
    float* kept = for_backward ? scratch.probabilities.data() + at : nullptr;
    if (softmax.quantized())
      scratch.row_scales[i] = (softmax.rounds ? rounded_row : quantized_row)(
          scratch.scores.data() + at, head.tokens, softmax, kept, scratch.levels.data() + at);
    else
      float_row(scratch.scores.data() + at, head.tokens, softmax,
                scratch.probabilities.data() + at);
  }
  return softmax.quantized() ? scratch.levels.data() : scratch.probabilities.data();
}

/// Turns scratch.gradient (of quantized probabilities) into the gradient of the scores, undivided
/// by sqrt(width); returns the scale's undamped gradient.
double softmax_backward(const Head& head, const AttentionSoftmax& softmax, Scratch& scratch) {
  double by_scale = 0;
  const float inverse = 1 / softmax.probability_scale;
  const float highest = static_cast<float>(softmax.levels - 1);
  for (std::int64_t i = 0; i < head.tokens; ++i) {
    float* g = scratch.gradient.data() + i * head.tokens;
    const float* p = scratch.probabilities.data() + i * head.tokens;
    const float* level = scratch.levels.data() + i * head.tokens;
    const float top = softmax.quantized() ? highest * scratch.row_scales[i] : 0.0f;
    float projection = 0;
    for (std::int64_t j = 0; j < head.tokens; ++j) {
      if (softmax.quantized()) {
        // Level and v times the row's scale; never negative: only the range's upper end clips.
        const float v = p[j] * inverse;
        const bool inside = v < top;
        by_scale += g[j] * (inside ? level[j] - v : level[j]);
        if (!inside) g[j] = 0;
      }
      projection += g[j] * p[j];
    }
    for (std::int64_t j = 0; j < head.tokens; ++j) g[j] = p[j] * (g[j] - projection);
  }
  return by_scale;
}

/// Calls body(head, first element, scratch, index of head and sequence) for every head of every
/// sequence, on all threads.
template <typename Body>
void for_each_head(const AttentionShape& shape, const Body& body) {
#pragma omp parallel
  {
    Scratch scratch;
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < shape.sequences * shape.heads; ++i) {
      const std::int64_t sequence = i / shape.heads, begin = shape.offsets[sequence];
      const Head head{shape.offsets[sequence + 1] - begin, shape.width, shape.hidden()};
      scratch.resize(head.tokens, head.width);
      body(head, begin * shape.hidden() + (i % shape.heads) * shape.width, scratch, i);
    }
  }
}

}  // namespace

AttentionSoftmax quantized_softmax(std::int64_t width, int lowest, int highest, int step,
                                   double query_scale, double key_scale, float probability_scale,
                                   int probability_levels) {
  AttentionSoftmax softmax;
  softmax.score_scale = query_scale * key_scale / std::sqrt(static_cast<double>(width));
  // Products of two integers of the set: the largest is the square of the end further from zero.
  const int d = static_cast<int>(width);
  const int largest = d * std::max(lowest * lowest, highest * highest);
  softmax.score_minimum = d * lowest * highest;
  softmax.score_step = step == 2 ? 2 : 1;
  for (int n = softmax.score_minimum; n <= largest; n += softmax.score_step)
    softmax.table.push_back(std::exp(softmax.score_scale * (n - largest)));
  softmax.levels = probability_levels;
  softmax.probability_scale = probability_scale;
  for (int j = 1; j < probability_levels; ++j)
    softmax.cuts.push_back(static_cast<double>(probability_scale) * (j - 0.5));
  return softmax;
}

AttentionSoftmax rounding_softmax(std::int64_t width, float query_scale, float key_scale,
                                  float probability_scale, int probability_levels) {
  AttentionSoftmax softmax;
  softmax.levels = probability_levels;
  softmax.rounds = true;
  softmax.score_scale = static_cast<float>(static_cast<double>(query_scale) * key_scale /
                                           std::sqrt(static_cast<double>(width)));
  softmax.probability_scale = probability_scale;
  return softmax;
}

void attention(const float* query, const float* key, const float* value,
               const AttentionShape& shape, const AttentionSoftmax& softmax, float* context) {
  for_each_head(shape, [&](const Head& head, std::int64_t at, Scratch& scratch, std::int64_t) {
    const float* weights = head_probabilities(query + at, key + at, head, softmax, false, scratch);
    square_times_rows(weights, value + at, head, 1, context + at);
  });
}

double attention_backward(const float* incoming, const float* query, const float* key,
                          const float* value, const AttentionShape& shape,
                          const AttentionSoftmax& softmax, float query_scale, float key_scale,
                          float value_scale, const AttentionGradients& gradients) {
  std::vector<double> by_scale(shape.sequences * shape.heads);
  const float divisor = 1 / std::sqrt(static_cast<float>(shape.width));
  for_each_head(shape, [&](const Head& head, std::int64_t at, Scratch& scratch,
                           std::int64_t index) {
    const float* weights = head_probabilities(query + at, key + at, head, softmax, true, scratch);
    const float weight_scale = softmax.quantized() ? softmax.probability_scale : 1.0f;
    transposed_square_times_rows(weights, incoming + at, head, weight_scale, gradients.value + at);
    transpose(value + at, head, scratch.transposed_value.data());
    rows_times_panel(incoming + at, scratch.transposed_value.data(), head, scratch.gradient.data());
    for (std::int64_t i = 0; i < head.tokens * head.tokens; ++i) scratch.gradient[i] *= value_scale;
    by_scale[index] = softmax_backward(head, softmax, scratch);
    square_times_rows(scratch.gradient.data(), key + at, head, key_scale * divisor,
                      gradients.query + at);
    transposed_square_times_rows(scratch.gradient.data(), query + at, head, query_scale * divisor,
                                 gradients.key + at);
  });
  double sum = 0;
  for (double share : by_scale) sum += share;
  return sum;
}

}  // namespace bitcpp::fused
