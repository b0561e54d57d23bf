// Multi-head attention over unpadded sequences, forward and backward, one head of one sequence at a
// time.
#pragma once

#include <cstdint>
#include <vector>

namespace bitcpp::fused {

/// Sequences stand one behind the other; sequence b has tokens [offsets[b], offsets[b + 1]).
struct AttentionShape {
  const std::int64_t* offsets;
  std::int64_t sequences, heads, width;  // hidden = heads * width

  std::int64_t hidden() const { return heads * width; }
};

/// Softmax and its quantizer. Quantized: q, k, v hold integers, scores become probabilities exactly
/// as in the packed engine (docs/format.md): through a table of exp in double, a probability's
/// integer being the number of cuts it reaches, or (`rounds`) through float_exp2, the integer being
/// the nearest. Not quantized (`levels` 0): q, k, v are floats and probabilities stay floats.
struct AttentionSoftmax {
  int levels = 0;  // of a probability
  bool rounds = false;
  bool by_row = false;        // a probability is measured in its row's greatest one
  double score_scale = 1;     // exponent = score_scale * (q . k)
  std::vector<double> table;  // exp(score_scale * (n - largest n)) for n = minimum + step * i
  int score_minimum = 0, score_step = 1;
  std::vector<double> cuts;  // probability cuts, ascending
  float probability_scale = 1;

  bool quantized() const { return levels != 0; }
};

/// The softmax of a quantized layer whose queries and keys take integers within [lowest, highest]
/// in steps of `step`.
AttentionSoftmax quantized_softmax(std::int64_t width, int lowest, int highest, int step,
                                   double query_scale, double key_scale, float probability_scale,
                                   int probability_levels);

/// The same where scores have too many values for a table (8 bits).
AttentionSoftmax rounding_softmax(std::int64_t width, float query_scale, float key_scale,
                                  float probability_scale, int probability_levels);

/// context (N, hidden) = sum over keys of probability (or its integer) * v. Integers in, integers
/// out when quantized, those of a row times its greatest probability when `by_row`.
void attention(const float* query, const float* key, const float* value,
               const AttentionShape& shape, const AttentionSoftmax& softmax, float* context);

struct AttentionGradients {
  float *query, *key, *value;  // (N, hidden): of the real values scale * integer when quantized
  double probability_scale;    // undamped; 0 when not quantized
};

/// Backward for `incoming`, the gradient of the real context. value_scale, query_scale, key_scale
/// turn integers into real values (1 when not quantized).
double attention_backward(const float* incoming, const float* query, const float* key,
                          const float* value, const AttentionShape& shape,
                          const AttentionSoftmax& softmax, float query_scale, float key_scale,
                          float value_scale, const AttentionGradients& gradients);

}  // namespace bitcpp::fused
