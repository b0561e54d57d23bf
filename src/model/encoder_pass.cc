#include "model/encoder_pass.h"

#include <algorithm>

#include "kernels/exact_math.h"
#include "kernels/layer_norm.h"
#include "model/ngram_scores.h"
#include "model/thread_pool.h"

namespace bitcpp {

SharedWords shared_words(const EncoderWeights& weights) {
  SharedWords most;
  for (const EncoderLayer& layer : weights.layers) {
    most.key = std::max(most.key, layer.key.output_words(1));
    most.value = std::max(most.value, layer.value.output_words(1));
  }
  return most;
}

EncoderPass::EncoderPass(const EncoderWeights& weights, const SharedBatch& batch, int first,
                         int last, Workspace& workspace)
    : weights_(weights),
      kernels_(*weights.kernels),
      batch_(batch),
      w_(workspace),
      clock_(workspace.times),
      first_(first),
      last_(last),
      rows_(last - first) {
  const auto begin = batch.starts.begin(), end = batch.starts.end() - 1;
  first_sequence_ = static_cast<int>(std::lower_bound(begin, end, first) - begin);
  after_sequences_ = static_cast<int>(std::lower_bound(begin, end, last) - begin);
  x_ = w_.x.grow(values(rows_));
}

std::size_t EncoderPass::values(int rows) const {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(weights_.hidden);
}

void EncoderPass::run() {
  embed();
  trace_hidden();
  for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
    run_layer(i);
    trace_hidden();
  }
  batch_.hidden.empty() ? run_head() : write_hidden();
}

void EncoderPass::embed() {
  const auto sequences = static_cast<int>(batch_.inputs.size());
  // The sequence that holds the first row may have begun before it.
  const bool inside = first_sequence_ == sequences || batch_.starts[first_sequence_] > first_;
  for (int s = first_sequence_ - inside, row = first_; row < last_; ++s) {
    const EncoderInput& input = batch_.inputs[static_cast<std::size_t>(s)];
    const int position = row - batch_.starts[s];
    const int count = std::min(last_, batch_.starts[s + 1]) - row;
    const auto at = static_cast<std::size_t>(position), some = static_cast<std::size_t>(count);
    weights_.embedding(kernels_, input.ids.subspan(at, some), input.type_ids.subspan(at, some),
                       position, x_ + values(row - first_));
    row += count;
  }
  clock_.lap(Stage::kEmbedding);
  normalize(weights_.embedding_norm);
}

/// In place, as sums are: a second matrix of rows would have to go through the caches as well.
void EncoderPass::normalize(const Norm& norm) {
  const auto eps = static_cast<float>(weights_.model.config.layer_norm_eps);
  kernels_.layer_norm({rows_, weights_.hidden, x_, norm.weight, norm.bias, eps, x_});
  clock_.lap(Stage::kLayerNorm);
}

void EncoderPass::run_layer(std::size_t number) {
  const EncoderLayer& layer = weights_.layers[number];
  const std::size_t room = number % 2, from = static_cast<std::size_t>(first_);
  const CodeRows key = layer.key.codes(batch_.key[room], batch_.rows());
  const CodeRows value = layer.value.codes(batch_.value[room], batch_.rows());
  layer.key(kernels_, x_, rows_, w_.input, batch_.key[room] + layer.key.output_words(1) * from);
  layer.value(kernels_, x_, rows_, w_.input,
              batch_.value[room] + layer.value.output_words(1) * from);
  // A pooler reads first tokens alone, so the last layer's other rows would be thrown away.
  const bool last = number + 1 == weights_.layers.size();
  if (last && !batch_.keeps_all_rows() && !per_token(weights_.model.config)) keep_first_rows();
  std::uint64_t* query = w_.query.grow(layer.query.output_words(rows_));
  layer.query(kernels_, x_, rows_, w_.input, query);
  clock_.lap(Stage::kQueryKeyValue);
  if (batch_.pool != nullptr) {
    batch_.pool->meet();
    clock_.lap(Stage::kWaiting);
  }

  attend(layer, layer.query.codes(query, rows_), key, value);
  clock_.lap(Stage::kAttention);
  layer.output(
      kernels_,
      {w_.context.data(), rows_, layer.attention.context_planes(), words_for(weights_.hidden)}, x_,
      x_);
  clock_.lap(Stage::kAttentionOutput);
  normalize(layer.attention_norm);

  std::uint64_t* inner = w_.hidden.grow(layer.up.output_words(rows_));
  layer.up(kernels_, x_, rows_, w_.input, inner);
  clock_.lap(Stage::kUp);
  layer.down(kernels_, layer.up.codes(inner, rows_), x_, x_);
  clock_.lap(Stage::kDown);
  normalize(layer.ffn_norm);
}

/// The queries of this range, against the keys of their own sequence each; writes w_.context.
void EncoderPass::attend(const EncoderLayer& layer, const CodeRows& query, const CodeRows& key,
                         const CodeRows& value) {
  const std::size_t row_words =
      static_cast<std::size_t>(layer.attention.context_planes() * words_for(weights_.hidden));
  std::uint64_t* context = w_.context.grow(row_words * static_cast<std::size_t>(rows_));
  const auto sequence = std::upper_bound(batch_.starts.begin(), batch_.starts.end(), first_);
  int s = first_only_ ? first_sequence_ : static_cast<int>(sequence - batch_.starts.begin()) - 1;
  for (int row = 0; row < rows_; ++s) {
    const int start = batch_.starts[s], end = batch_.starts[s + 1];
    const int queries = first_only_ ? 1 : std::min(last_, end) - (first_ + row);
    layer.attention.run(query.slice(row, queries), key.slice(start, end - start),
                        value.slice(start, end - start),
                        context + row_words * static_cast<std::size_t>(row), w_.attention);
    row += queries;
  }
}

/// From here on only the first token of each sequence is wanted.
void EncoderPass::keep_first_rows() {
  rows_ = after_sequences_ - first_sequence_;
  for (int i = 0; i < rows_; ++i) {
    const float* row = x_ + values(batch_.starts[first_sequence_ + i] - first_);
    std::copy(row, row + weights_.hidden, x_ + values(i));
  }
  first_only_ = true;
}

/// The pooled first tokens of the sequences begun here: (rows_, hidden).
const float* EncoderPass::pool() {
  if (!first_only_) keep_first_rows();
  const CodeRows codes = weights_.pooler_input(kernels_, x_, rows_, w_.input.codes);
  float* pooled = w_.pooled.grow(values(rows_));
  weights_.pooler(kernels_, codes, nullptr, pooled);
  for (std::size_t i = 0; i < values(rows_); ++i) pooled[i] = exact_tanh(pooled[i]);
  if (batch_.trace != nullptr) batch_.trace->pooled.assign(pooled, pooled + values(rows_));
  return pooled;
}

void EncoderPass::run_head() {
  const PackedHead& head = weights_.model.head;
  const bool tokens = per_token(weights_.model.config);
  const float* x = tokens ? x_ : pool();
  const int first = tokens ? first_ : first_sequence_;
  for (int i = 0; i < rows_; ++i) {
    float* logits = batch_.logits.data() + (first + i) * head.outputs;
    for (std::int64_t c = 0; c < head.outputs; ++c) {
      const float* weight = head.weight.data() + c * weights_.hidden;
      logits[c] = kernels_.dot(weights_.hidden, x + values(i), weight) +
                  head.bias[static_cast<std::size_t>(c)];
    }
  }
  if (!weights_.model.ngrams.empty()) add_ngrams();
  clock_.lap(Stage::kHead);
}

/// To the logits of the sequences begun here.
void EncoderPass::add_ngrams() {
  const auto outputs = static_cast<std::size_t>(weights_.model.head.outputs);
  std::int32_t* sums = w_.ngram_sums.grow(outputs);
  for (int s = first_sequence_; s < after_sequences_; ++s)
    add_ngram_scores(weights_.model.ngrams, batch_.inputs[static_cast<std::size_t>(s)].ids,
                     {sums, outputs},
                     batch_.logits.subspan(static_cast<std::size_t>(s) * outputs, outputs));
}

void EncoderPass::write_hidden() {
  std::copy(x_, x_ + values(rows_), batch_.hidden.data() + values(first_));
}

void EncoderPass::trace_hidden() {
  if (batch_.trace != nullptr) batch_.trace->hidden.emplace_back(x_, x_ + values(rows_));
}

}  // namespace bitcpp
