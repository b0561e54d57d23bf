#include "model/encoder.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "kernels/exact_math.h"
#include "kernels/layer_norm.h"
#include "model/embedding.h"
#include "model/linear_layers.h"

namespace bitcpp {
namespace {

struct Norm {
  const float *weight = nullptr, *bias = nullptr;
};

struct Layer {
  CodeLinear query, key, value;
  BitAttention attention;
  FloatLinear output;
  Norm attention_norm;
  CodeLinear up;
  FloatLinear down;
  Norm ffn_norm;
};

/// The rows that run through the layers together.
struct Batch {
  std::span<const int> starts;  // first row of each sequence, then the number of rows
  bool first_only = false;      // rows are just the first token of each sequence
  int rows = 0;
  float* x = nullptr;  // (rows, hidden)

  int sequences() const { return static_cast<int>(starts.size()) - 1; }
};

Norm make_norm(const LayerNormParameters& norm, std::int64_t hidden) {
  if (static_cast<std::int64_t>(norm.weight.size()) != hidden ||
      static_cast<std::int64_t>(norm.bias.size()) != hidden) {
    throw Error("packed model: a LayerNorm does not fit a hidden size of " +
                std::to_string(hidden));
  }
  return {norm.weight.data(), norm.bias.data()};
}

BitAttention make_attention(const Kernels& kernels, const PackedAttention& a,
                            const PackedConfig& config) {
  const auto heads = static_cast<int>(config.num_attention_heads);
  return BitAttention(kernels, {.heads = heads,
                                .head_size = static_cast<int>(config.hidden_size) / heads,
                                .query_levels = a.query.output.levels,
                                .key_levels = a.key.output.levels,
                                .value_levels = a.value.output.levels,
                                .context_levels = a.context.levels,
                                .exp_table = a.exp_table,
                                .score_minimum = a.score_minimum,
                                .score_step = a.score_step,
                                .probability_cuts = a.probability_cuts,
                                .context_thresholds = a.context.values});
}

Layer make_layer(const Kernels& kernels, const PackedLayer& packed, const PackedConfig& config) {
  const PackedAttention& a = packed.attention;
  const PackedFeedForward& f = packed.ffn;
  return {.query = {kernels, a.query},
          .key = {kernels, a.key},
          .value = {kernels, a.value},
          .attention = make_attention(kernels, a, config),
          .output = {kernels, a.output, signed_codes(a.context.levels)},
          .attention_norm = make_norm(a.norm, config.hidden_size),
          .up = {kernels, f.up},
          .down = {kernels, f.down, unsigned_codes(f.up.output.levels)},
          .ffn_norm = make_norm(f.norm, config.hidden_size)};
}

void check_shape(const PackedModel& model) {
  const PackedConfig& config = model.config;
  const std::int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const auto fits = [](const SignMatrix& matrix, std::int64_t rows, std::int64_t cols) {
    return matrix.rows == rows && matrix.cols == cols;
  };
  bool good = hidden > 0 && config.num_attention_heads > 0 &&
              hidden % config.num_attention_heads == 0 &&
              static_cast<std::int64_t>(model.layers.size()) == config.num_hidden_layers &&
              fits(model.pooler.linear.weight, hidden, hidden) && model.head.outputs > 0 &&
              static_cast<std::int64_t>(model.head.weight.size()) == model.head.outputs * hidden &&
              static_cast<std::int64_t>(model.head.bias.size()) == model.head.outputs;
  for (const PackedLayer& layer : model.layers) {
    const PackedAttention& a = layer.attention;
    good = good && fits(a.query.weight, hidden, hidden) && fits(a.key.weight, hidden, hidden) &&
           fits(a.value.weight, hidden, hidden) && fits(a.output.weight, hidden, hidden) &&
           fits(layer.ffn.up.weight, inner, hidden) && fits(layer.ffn.down.weight, hidden, inner);
  }
  if (!good) throw Error("packed model: its tensors do not fit its configuration");
}

}  // namespace

struct Encoder::State {
  const Kernels* kernels = nullptr;
  PackedModel model;
  std::shared_ptr<const void> storage;
  int hidden = 0;
  Embedding embedding;
  Norm embedding_norm;
  std::vector<Layer> layers;
  InputCodes pooler_input;
  FloatLinear pooler;

  void normalize(const Norm& norm, int rows, const float* v, float* out) const {
    const auto eps = static_cast<float>(model.config.layer_norm_eps);
    kernels->layer_norm({rows, hidden, v, norm.weight, norm.bias, eps, out});
  }

  void embed(std::span<const EncoderInput> inputs, Batch& batch, Workspace& w) const;
  void attend(const Layer& layer, const CodeRows& query, const CodeRows& key, const CodeRows& value,
              const Batch& batch, Workspace& w) const;
  void keep_first_rows(Batch& batch) const;
  void run_layer(const Layer& layer, bool only_first_needed, Batch& batch, Workspace& w) const;
  void run_head(Batch& batch, Workspace& w, std::span<float> logits) const;
  void trace_hidden(const Batch& batch, EncoderTrace* trace) const;
};

Encoder::Encoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

Encoder Encoder::open(const std::filesystem::path& path, const Kernels& kernels) {
  return from(open_packed_model(path), kernels);
}

Encoder Encoder::from(PackedModel model, const Kernels& kernels,
                      std::shared_ptr<const void> storage) {
  check_shape(model);
  auto state = std::make_unique<State>();
  state->kernels = &kernels;
  state->hidden = static_cast<int>(model.config.hidden_size);
  state->embedding = Embedding(model.embeddings, model.config.hidden_size);
  state->embedding_norm = make_norm(model.embeddings.norm, model.config.hidden_size);
  for (const PackedLayer& layer : model.layers)
    state->layers.push_back(make_layer(kernels, layer, model.config));
  state->pooler_input = InputCodes(model.pooler.input);
  state->pooler = FloatLinear(kernels, model.pooler.linear, state->pooler_input.scale());
  state->model = std::move(model);
  state->storage = std::move(storage);
  return Encoder(std::move(state));
}

const PackedConfig& Encoder::config() const { return state_->model.config; }
const PackedModel& Encoder::packed() const { return state_->model; }
Isa Encoder::isa() const { return state_->kernels->isa; }
int Encoder::outputs() const { return static_cast<int>(state_->model.head.outputs); }

void Encoder::State::embed(std::span<const EncoderInput> inputs, Batch& batch, Workspace& w) const {
  w.starts.assign(1, 0);
  for (const EncoderInput& input : inputs)
    w.starts.push_back(w.starts.back() + static_cast<int>(input.ids.size()));
  batch.starts = w.starts;
  batch.rows = w.starts.back();
  batch.x = w.x.grow(static_cast<std::size_t>(batch.rows) * hidden);
  for (std::size_t s = 0; s < inputs.size(); ++s) {
    embedding(*kernels, inputs[s].ids, inputs[s].type_ids,
              batch.x + static_cast<std::size_t>(w.starts[s]) * hidden);
  }
  normalize(embedding_norm, batch.rows, batch.x, batch.x);
}

/// Attention of every sequence by itself; writes w.context.
void Encoder::State::attend(const Layer& layer, const CodeRows& query, const CodeRows& key,
                            const CodeRows& value, const Batch& batch, Workspace& w) const {
  const std::size_t row_words =
      static_cast<std::size_t>(layer.attention.context_planes() * words_for(hidden));
  std::uint64_t* context = w.context.grow(row_words * batch.rows);
  for (int s = 0; s < batch.sequences(); ++s) {
    const int start = batch.starts[s], length = batch.starts[s + 1] - start;
    const int first_query = batch.first_only ? s : start, queries = batch.first_only ? 1 : length;
    layer.attention.run(query.slice(first_query, queries), key.slice(start, length),
                        value.slice(start, length), context + row_words * first_query, w.attention);
  }
}

/// From here on only the first token of each sequence is wanted.
void Encoder::State::keep_first_rows(Batch& batch) const {
  for (int s = 0; s < batch.sequences(); ++s) {
    const float* row = batch.x + static_cast<std::size_t>(batch.starts[s]) * hidden;
    std::copy(row, row + hidden, batch.x + static_cast<std::size_t>(s) * hidden);
  }
  batch.rows = batch.sequences();
  batch.first_only = true;
}

void Encoder::State::run_layer(const Layer& layer, bool only_first_needed, Batch& batch,
                               Workspace& w) const {
  const CodeRows key = layer.key(*kernels, batch.x, batch.rows, w.input, w.key);
  const CodeRows value = layer.value(*kernels, batch.x, batch.rows, w.input, w.value);
  if (only_first_needed) keep_first_rows(batch);
  float *x = batch.x, *y = w.y.grow(static_cast<std::size_t>(batch.rows) * hidden);

  const CodeRows query = layer.query(*kernels, x, batch.rows, w.input, w.query);
  attend(layer, query, key, value, batch, w);
  const CodeRows context = {w.context.data(), batch.rows, layer.attention.context_planes(),
                            words_for(hidden)};
  layer.output(*kernels, context, x, y);
  normalize(layer.attention_norm, batch.rows, y, x);

  const CodeRows inner = layer.up(*kernels, x, batch.rows, w.input, w.hidden);
  layer.down(*kernels, inner, x, y);
  normalize(layer.ffn_norm, batch.rows, y, x);
}

void Encoder::State::run_head(Batch& batch, Workspace& w, std::span<float> logits) const {
  if (!batch.first_only) keep_first_rows(batch);
  const CodeRows codes = pooler_input(*kernels, batch.x, batch.rows, w.input);
  float* pooled = w.pooled.grow(static_cast<std::size_t>(batch.rows) * hidden);
  pooler(*kernels, codes, nullptr, pooled);
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch.rows) * hidden; ++i)
    pooled[i] = exact_tanh(pooled[i]);
  const PackedHead& head = model.head;
  for (int s = 0; s < batch.rows; ++s) {
    for (std::int64_t c = 0; c < head.outputs; ++c) {
      const float sum = kernels->dot(hidden, pooled + static_cast<std::size_t>(s) * hidden,
                                     head.weight.data() + c * hidden);
      logits[static_cast<std::size_t>(s * head.outputs + c)] =
          sum + head.bias[static_cast<std::size_t>(c)];
    }
  }
}

void Encoder::State::trace_hidden(const Batch& batch, EncoderTrace* trace) const {
  if (trace != nullptr)
    trace->hidden.emplace_back(batch.x, batch.x + static_cast<std::size_t>(batch.rows) * hidden);
}

void Encoder::run(std::span<const EncoderInput> inputs, Workspace& workspace,
                  std::span<float> logits, EncoderTrace* trace) const {
  const State& state = *state_;
  if (logits.size() != inputs.size() * static_cast<std::size_t>(outputs())) {
    throw Error("room for " + std::to_string(logits.size()) + " logits, expected " +
                std::to_string(inputs.size() * static_cast<std::size_t>(outputs())));
  }
  if (trace != nullptr) *trace = {};
  if (inputs.empty()) return;
  Batch batch;
  state.embed(inputs, batch, workspace);
  state.trace_hidden(batch, trace);
  for (const Layer& layer : state.layers) {
    // The head reads first tokens alone, so the last layer's other rows would be thrown away.
    const bool last = &layer == &state.layers.back();
    state.run_layer(layer, last && trace == nullptr, batch, workspace);
    state.trace_hidden(batch, trace);
  }
  state.run_head(batch, workspace, logits);
  if (trace != nullptr) {
    const float* pooled = workspace.pooled.data();
    trace->pooled.assign(pooled, pooled + inputs.size() * static_cast<std::size_t>(state.hidden));
  }
}

}  // namespace bitcpp
