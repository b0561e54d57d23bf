#include "model/encoder.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "model/encoder_pass.h"
#include "model/encoder_weights.h"
#include "model/thread_pool.h"

namespace bitcpp {
namespace {

/// What one more thread has to have to do, in multiply-adds: some 40 microseconds with AVX-512,
/// several times what waking a sleeping thread costs.
constexpr double kLeastWork = 40e6;

double work_per_token(const PackedConfig& config) {
  const auto hidden = static_cast<double>(config.hidden_size);
  return static_cast<double>(config.num_hidden_layers) * 2 * hidden *
         (2 * hidden + static_cast<double>(config.intermediate_size));
}

}  // namespace

struct Encoder::State {
  EncoderWeights weights;
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
  return Encoder(std::make_unique<State>(
      State{make_encoder_weights(std::move(model), kernels, std::move(storage))}));
}

const PackedConfig& Encoder::config() const { return packed().config; }
const PackedModel& Encoder::packed() const { return state_->weights.model; }
Isa Encoder::isa() const { return state_->weights.kernels->isa; }
int Encoder::outputs() const { return static_cast<int>(packed().head.outputs); }
bool Encoder::per_token() const { return bitcpp::per_token(config()); }

std::size_t Encoder::logit_count(std::span<const EncoderInput> inputs) const {
  std::size_t rows = inputs.size();
  if (per_token()) {
    rows = 0;
    for (const EncoderInput& input : inputs) rows += input.ids.size();
  }
  return rows * static_cast<std::size_t>(outputs());
}

int Encoder::useful_threads(std::int64_t tokens, int threads) const {
  const double busy = static_cast<double>(tokens) * work_per_token(config()) / kLeastWork;
  const auto most = static_cast<double>(std::min<std::int64_t>(tokens, threads));
  return static_cast<int>(std::max(1.0, std::min(busy, most)));
}

void Encoder::check_room(std::span<const EncoderInput> inputs, std::span<float> logits) const {
  if (logits.size() != logit_count(inputs)) {
    throw Error("room for " + std::to_string(logits.size()) + " logits, expected " +
                std::to_string(logit_count(inputs)));
  }
}

/// Throws Error for inputs that cannot be run. Room for keys and values is in `w` afterwards.
SharedBatch Encoder::prepare(std::span<const EncoderInput> inputs, Workspace& w) const {
  w.starts.assign(1, 0);
  for (const EncoderInput& input : inputs) {
    state_->weights.embedding.check(input.ids, input.type_ids);
    w.starts.push_back(w.starts.back() + static_cast<int>(input.ids.size()));
  }
  SharedBatch batch;
  batch.inputs = inputs;
  batch.starts = w.starts;
  const SharedWords words = shared_words(state_->weights);
  for (int i = 0; i < 2; ++i) {
    batch.key[i] = w.key[i].grow(words.key * static_cast<std::size_t>(batch.rows()));
    batch.value[i] = w.value[i].grow(words.value * static_cast<std::size_t>(batch.rows()));
  }
  return batch;
}

void Encoder::run(std::span<const EncoderInput> inputs, Workspace& workspace,
                  std::span<float> logits, EncoderTrace* trace) const {
  check_room(inputs, logits);
  SharedBatch batch = prepare(inputs, workspace);
  batch.logits = logits;
  batch.trace = trace;
  if (trace != nullptr) *trace = {};
  if (!inputs.empty()) EncoderPass(state_->weights, batch, 0, batch.rows(), workspace).run();
}

void Encoder::hidden_states(std::span<const EncoderInput> inputs, Workspace& workspace,
                            std::span<float> hidden) const {
  if (inputs.empty()) return;
  SharedBatch batch = prepare(inputs, workspace);
  const auto expected =
      static_cast<std::size_t>(batch.rows()) * static_cast<std::size_t>(config().hidden_size);
  if (hidden.size() != expected) {
    throw Error("room for " + std::to_string(hidden.size()) +
                " values of hidden states, expected " + std::to_string(expected));
  }
  batch.hidden = hidden;
  EncoderPass(state_->weights, batch, 0, batch.rows(), workspace).run();
}

void Encoder::run(std::span<const EncoderInput> inputs, ThreadPool& pool,
                  std::span<Workspace> workspaces, std::span<float> logits) const {
  if (workspaces.size() < static_cast<std::size_t>(pool.threads())) {
    throw Error(std::to_string(workspaces.size()) + " workspaces for " +
                std::to_string(pool.threads()) + " threads");
  }
  check_room(inputs, logits);
  SharedBatch batch = prepare(inputs, workspaces[0]);
  batch.logits = logits;
  if (inputs.empty()) return;
  const std::int64_t rows = batch.rows();
  const int members = useful_threads(rows, pool.threads());
  if (members > 1) batch.pool = &pool;
  pool.together(members, [&](int thread) {
    EncoderPass(state_->weights, batch, static_cast<int>(rows * thread / members),
                static_cast<int>(rows * (thread + 1) / members),
                workspaces[static_cast<std::size_t>(thread)])
        .run();
  });
}

}  // namespace bitcpp
