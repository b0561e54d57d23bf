// For tests: the packed model read literally (packed_model.h, docs of the kernels), one number at a
// time, without bits, planes or tables of thresholds. Slow, and shares no arithmetic with the
// encoder but half_to_float.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "format/packed_model.h"
#include "format/safetensors.h"
#include "kernels/codes.h"
#include "kernels/exact_math.h"
#include "kernels/float_exp2.h"

namespace bitcpp {

class PlainEncoder {
 public:
  using Floats = std::vector<float>;
  using Ints = std::vector<int>;

  explicit PlainEncoder(const PackedModel& model)
      : model_(model), hidden_(static_cast<int>(model.config.hidden_size)) {}

  /// Logits of one sequence, of all its tokens where the task is one of tokens; `hidden` receives
  /// the embedding output and every layer's output.
  Floats run(const std::vector<std::int32_t>& ids, const std::vector<std::uint8_t>& types,
             std::vector<Floats>* hidden = nullptr) const {
    std::vector<Floats> x;
    for (std::size_t i = 0; i < ids.size(); ++i)
      x.push_back(embed(ids[i], types[i], static_cast<int>(i)));
    if (hidden != nullptr) hidden->push_back(joined(x));
    for (const PackedLayer& layer : model_.layers) {
      x = attention(layer.attention, x);
      for (Floats& row : x) row = feed_forward(layer.ffn, row);
      if (hidden != nullptr) hidden->push_back(joined(x));
    }
    if (per_token(model_.config)) return token_heads(x);
    Floats logits = head(pooled(x[0]));
    if (!model_.ngrams.empty()) add_ngrams(ids, logits);
    return logits;
  }

 private:
  static int sign(const SignMatrix& matrix, std::int64_t row, std::int64_t col) {
    const std::int64_t row_bytes = (matrix.cols + 7) / 8;
    return matrix.bits[static_cast<std::size_t>(row * row_bytes + col / 8)] >> (col % 8) & 1 ? 1
                                                                                             : -1;
  }

  static float lane_sum(const Floats& v) {
    float lane[16] = {};
    for (std::size_t i = 0; i < v.size(); ++i) lane[i % 16] += v[i];
    for (int half = 8; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
    }
    return lane[0];
  }

  Floats layer_norm(const LayerNormParameters& norm, const Floats& v) const {
    const auto count = static_cast<float>(v.size());
    const float mean = lane_sum(v) / count;
    Floats d, squares, out;
    for (float value : v) d.push_back(value - mean);
    for (float value : d) squares.push_back(value * value);
    const float inverse = 1.0f / std::sqrt(lane_sum(squares) / count +
                                           static_cast<float>(model_.config.layer_norm_eps));
    for (std::size_t i = 0; i < v.size(); ++i)
      out.push_back((d[i] * inverse) * norm.weight[i] + norm.bias[i]);
    return out;
  }

  Floats embed(std::int32_t id, std::uint8_t type, int position) const {
    const PackedEmbeddings& e = model_.embeddings;
    const float scale = half_to_float(e.word_scale[static_cast<std::size_t>(id)]);
    Floats v;
    for (int i = 0; i < hidden_; ++i) {
      const float word = sign(e.word, id, i) > 0 ? scale : -scale;
      const float typed =
          word + half_to_float(e.token_type[static_cast<std::size_t>(type * hidden_ + i)]);
      v.push_back(typed +
                  half_to_float(e.position[static_cast<std::size_t>(position * hidden_ + i)]));
    }
    return layer_norm(e.norm, v);
  }

  static Ints integers(const Ints& codes, const CodeScale& scale) {
    Ints result;
    for (int code : codes) result.push_back(scale.step * code + scale.offset);
    return result;
  }
  template <class T, class Values>
  static Ints codes(const std::vector<T>& v, int levels, const Values& thresholds) {
    Ints result;
    for (std::size_t i = 0; i < v.size(); ++i) {
      int code = 0;
      for (int j = 0; j < levels - 1; ++j)
        code += v[i] >= thresholds[static_cast<std::size_t>(j) * v.size() + i];
      result.push_back(code);
    }
    return result;
  }
  static Ints product(const SignMatrix& matrix, const Ints& in) {
    Ints n;
    for (std::int64_t o = 0; o < matrix.rows; ++o) {
      int sum = 0;
      for (std::int64_t k = 0; k < matrix.cols; ++k)
        sum += in[static_cast<std::size_t>(k)] * sign(matrix, o, k);
      n.push_back(sum);
    }
    return n;
  }
  static Ints input_integers(const FloatThresholds& t, const Floats& x) {
    return integers(codes(x, t.levels, t.values), signed_codes(t.levels));
  }
  /// Signed integers of a linear layer's output.
  static Ints projected(const BinarizingLinear& linear, const Floats& x) {
    if (linear.output.levels < 256)
      return integers(binarized(linear, x), signed_codes(linear.output.levels));
    const RoundedOutput& r = linear.rounding;
    const Ints n = product(linear.weight, input_integers(linear.input, x));
    Ints result;
    for (std::size_t o = 0; o < n.size(); ++o) {
      const float y = r.scale[o] * static_cast<float>(n[o]) + r.bias[o];
      const float v = (y - r.shift[o]) * r.inverse[0];
      result.push_back(static_cast<int>(std::nearbyint(std::fmin(std::fmax(v, -128.0f), 127.0f))));
    }
    return result;
  }
  static Ints binarized(const BinarizingLinear& linear, const Floats& x) {
    return codes(product(linear.weight, input_integers(linear.input, x)), linear.output.levels,
                 linear.output.values);
  }
  static Floats scaled(const ScaledLinear& linear, const Ints& in) {
    const Ints n = product(linear.weight, in);
    Floats y;
    for (std::size_t o = 0; o < n.size(); ++o)
      y.push_back(linear.scale[o] * static_cast<float>(n[o]) + linear.bias[o]);
    return y;
  }

  std::vector<Floats> attention(const PackedAttention& a, const std::vector<Floats>& x) const {
    std::vector<Ints> q, k, v;
    for (const Floats& row : x) {
      q.push_back(projected(a.query, row));
      k.push_back(projected(a.key, row));
      v.push_back(projected(a.value, row));
    }
    std::vector<Floats> out;
    for (std::size_t m = 0; m < x.size(); ++m) {
      const Ints context =
          integers(codes(context_of(a, q[m], k, v), a.context.levels, a.context.values),
                   signed_codes(a.context.levels));
      Floats sum = scaled(a.output, context);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = sum[i] + x[m][i];
      out.push_back(layer_norm(a.norm, sum));
    }
    return out;
  }

  Ints context_of(const PackedAttention& a, const Ints& q, const std::vector<Ints>& k,
                  const std::vector<Ints>& v) const {
    const int heads = static_cast<int>(model_.config.num_attention_heads), width = hidden_ / heads;
    Ints n(static_cast<std::size_t>(hidden_));
    for (int head = 0; head < heads; ++head) {
      const Ints scores = scores_of(q, k, head * width, width);
      const Ints p = a.rounded() ? rounded_probabilities(a, scores) : probabilities(a, scores);
      for (std::size_t t = 0; t < k.size(); ++t) {
        for (int i = head * width; i < (head + 1) * width; ++i)
          n[static_cast<std::size_t>(i)] += p[t] * v[t][static_cast<std::size_t>(i)];
      }
    }
    return n;
  }

  static Ints scores_of(const Ints& q, const std::vector<Ints>& k, int first, int width) {
    Ints scores;
    for (const Ints& key : k) {
      int n = 0;
      for (int i = first; i < first + width; ++i)
        n += q[static_cast<std::size_t>(i)] * key[static_cast<std::size_t>(i)];
      scores.push_back(n);
    }
    return scores;
  }

  static Ints rounded_probabilities(const PackedAttention& a, const Ints& scores) {
    const int greatest = *std::max_element(scores.begin(), scores.end());
    const float scale = a.score_scale[0] * FloatExp2::kLog2E;
    Floats e;
    for (int n : scores) e.push_back(float_exp2(scale * static_cast<float>(n - greatest)));
    const float factor = 1 / (a.probability_scale[0] * lane_sum(e));
    Ints p;
    for (float each : e)
      p.push_back(static_cast<int>(std::nearbyint(std::fmin(each * factor, 255.0f))));
    return p;
  }

  static Ints probabilities(const PackedAttention& a, const Ints& scores) {
    Ints index, p;
    std::vector<int> count(a.exp_table.size());
    for (int n : scores) {
      index.push_back((n - a.score_minimum) / a.score_step);
      ++count[static_cast<std::size_t>(index.back())];
    }
    double lane[8] = {};
    for (std::size_t i = 0; i < count.size(); ++i) lane[i % 8] += count[i] * a.exp_table[i];
    for (int half = 4; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
    }
    for (int i : index) {
      int code = 0;
      for (double cut : a.probability_cuts)
        code += a.exp_table[static_cast<std::size_t>(i)] >= cut * lane[0];
      p.push_back(code);
    }
    return p;
  }

  Floats feed_forward(const PackedFeedForward& f, const Floats& x) const {
    Floats sum = scaled(f.down, binarized(f.up, x));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = sum[i] + x[i];
    return layer_norm(f.norm, sum);
  }

  Floats token_heads(const std::vector<Floats>& x) const {
    std::vector<Floats> logits;
    for (const Floats& row : x) logits.push_back(head(row));
    return joined(logits);
  }

  Floats pooled(const Floats& first) const {
    Floats pooled = scaled(model_.pooler.linear, input_integers(model_.pooler.input, first));
    for (float& value : pooled) value = exact_tanh(value);
    return pooled;
  }

  Floats head(const Floats& x) const {
    Floats logits;
    for (std::int64_t c = 0; c < model_.head.outputs; ++c) {
      Floats products;
      for (int i = 0; i < hidden_; ++i)
        products.push_back(x[static_cast<std::size_t>(i)] *
                           model_.head.weight[static_cast<std::size_t>(c * hidden_ + i)]);
      logits.push_back(lane_sum(products) + model_.head.bias[static_cast<std::size_t>(c)]);
    }
    return logits;
  }

  /// The n-gram head, by docs/format.md.
  void add_ngrams(const std::vector<std::int32_t>& ids, Floats& logits) const {
    const PackedNgrams& ngrams = model_.ngrams;
    const std::size_t outputs = logits.size();
    const auto half = static_cast<std::uint64_t>(ngrams.buckets / 2);
    Ints sums(outputs);
    const auto add = [&](std::uint64_t row) {
      for (std::size_t c = 0; c < outputs; ++c) sums[c] += ngrams.weight[row * outputs + c];
    };
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto id = static_cast<std::uint32_t>(ids[i]);
      add(id % half);
      if (i == 0) continue;
      const auto before = static_cast<std::uint32_t>(ids[i - 1]);
      const std::uint32_t mixed = (before * 2654435761u ^ id) * 2246822507u;
      add(half + mixed * half / 4294967296u);
    }
    const float root = std::sqrt(static_cast<float>(2 * ids.size() - 1));
    for (std::size_t c = 0; c < outputs; ++c) {
      const float score = ngrams.scale[c] * static_cast<float>(sums[c]) / root;
      logits[c] = logits[c] + (score + ngrams.bias[c]);
    }
  }

  static Floats joined(const std::vector<Floats>& rows) {
    Floats all;
    for (const Floats& row : rows) all.insert(all.end(), row.begin(), row.end());
    return all;
  }

  const PackedModel& model_;
  int hidden_;
};

}  // namespace bitcpp
