// The packed encoder: token ids in, logits out, bits in between.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "format/packed_model.h"
#include "kernels/kernels.h"
#include "model/workspace.h"

namespace bitcpp {

struct SharedBatch;
class ThreadPool;

/// One sequence, [CLS] first. `type_ids` is as long as `ids`.
struct EncoderInput {
  std::span<const std::int32_t> ids;
  std::span<const std::uint8_t> type_ids;
};

/// What the layers computed, for comparison with training. Filled when given to `run`.
struct EncoderTrace {
  std::vector<std::vector<float>>
      hidden;                 // embedding output, then each layer's output: (tokens, hidden_size)
  std::vector<float> pooled;  // (sequences, hidden_size); empty where logits are per token
};

/// Immutable after construction: any number of threads may call `run`, each with its own Workspace.
/// A sequence's logits are the same bits on every instruction set, in every batch and at every
/// place in it.
///
/// A batch goes through one thread, or its rows are shared out over the threads of a pool.
class Encoder {
 public:
  /// Throws Error as open_packed_model does.
  static Encoder open(const std::filesystem::path& path,
                      const Kernels& kernels = bitcpp::kernels());
  /// From a model whose spans stay valid as long as `model.file` or `storage` lives. Throws Error
  /// when tensors do not fit the configuration.
  static Encoder from(PackedModel model, const Kernels& kernels = bitcpp::kernels(),
                      std::shared_ptr<const void> storage = nullptr);
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;
  ~Encoder();

  const PackedConfig& config() const;
  const PackedModel& packed() const;
  Isa isa() const;
  /// Number of logits per sequence, or per token where the model's task is one of tokens.
  int outputs() const;
  bool per_token() const;
  /// How many logits `run` gives for these inputs.
  std::size_t logit_count(std::span<const EncoderInput> inputs) const;

  /// `logits`: (sequences, outputs), or (tokens of all sequences, outputs) where `per_token`.
  /// Sequences are concatenated without padding. Throws Error for
  /// an id or type out of range, an empty sequence or one longer than max_position_embeddings. No
  /// allocation once `workspace` has grown to the largest batch (unless `trace` is given).
  void run(std::span<const EncoderInput> inputs, Workspace& workspace, std::span<float> logits,
           EncoderTrace* trace = nullptr) const;

  /// The same bits, with the batch's rows shared out over the threads of `pool` (one long sequence
  /// as well as many) as far as there is work for them, a workspace for each.
  void run(std::span<const EncoderInput> inputs, ThreadPool& pool, std::span<Workspace> workspaces,
           std::span<float> logits) const;

  /// The last layer's output instead of logits: `hidden` is (tokens of all sequences, hidden_size).
  /// Otherwise as the first `run`.
  void hidden_states(std::span<const EncoderInput> inputs, Workspace& workspace,
                     std::span<float> hidden) const;

  /// How many of `threads` threads are worth waking for a batch of `tokens` tokens.
  int useful_threads(std::int64_t tokens, int threads) const;

 private:
  struct State;
  SharedBatch prepare(std::span<const EncoderInput> inputs, Workspace& workspace) const;
  void check_room(std::span<const EncoderInput> inputs, std::span<float> logits) const;
  explicit Encoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bitcpp
