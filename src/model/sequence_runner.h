// Token sequences in, logits out, on one thread or many: what all kinds of models share.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "model/crews.h"
#include "model/encoder.h"
#include "text/tokenizer.h"

namespace bitcpp {

/// What to do with a text of more tokens than the model takes.
enum class LongText { kTruncate, kRefuse };

struct PredictorOptions {
  int threads = 1;
  int batch_tokens = 512;  // tokens that run through a layer together; does not change results
  std::size_t max_length =
      0;  // tokens; 0: the model's own. Throws Error when above max_position_embeddings
  LongText long_text = LongText::kTruncate;
};

struct TextInput {
  std::string_view text, pair;
  bool has_pair = false;
};

/// A model with its tokenizer and its threads. Thread-safe: calls at the same time have threads and
/// scratch memory of their own, and share the model.
class SequenceRunner {
 public:
  /// Throws Error for options that make no sense for this model, and for labels that do not fit its
  /// outputs.
  SequenceRunner(Encoder encoder, const PredictorOptions& options);

  const Encoder& encoder() const { return encoder_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  /// With max_length resolved.
  const PredictorOptions& options() const { return options_; }

  /// Calls work(i) for every i below `count`, on all threads where the `bytes` of text that it is
  /// about are worth waking them.
  void for_each(std::size_t count, std::size_t bytes,
                const std::function<void(std::size_t)>& work) const;
  /// Texts and pairs cut to the length the options have. Throws Error as check_length does.
  std::vector<Encoding> encode(std::span<const TextInput> inputs) const;
  /// Logits of each sequence: (outputs), or (tokens, outputs) where the model answers per token. In
  /// order; the same for every number of threads.
  std::vector<std::vector<float>> run(std::span<const Encoding> encodings) const;
  /// What the last layer leaves of each sequence: (tokens, hidden_size). Otherwise as `run`.
  std::vector<std::vector<float>> hidden_states(std::span<const Encoding> encodings) const;

  /// Throws Error "text PLACE has more than ..." (from 1) for a cut text under LongText::kRefuse.
  void check_length(bool truncated, std::size_t place) const;

 private:
  struct Group;
  static std::vector<EncoderInput> inputs_of(std::span<const Encoding> encodings);
  /// With `run(inputs, logits)` of the encoder; `logits`: one vector a sequence.
  template <class Run>
  void run_group(std::span<const EncoderInput> inputs, std::vector<float>* logits,
                 const Run& run) const;

  Encoder encoder_;
  PredictorOptions options_;
  Tokenizer tokenizer_;
  mutable Crews crews_;
};

/// exp(l - max) / sum, each rounded to float, summed in order: the same bits on every machine.
std::vector<float> softmax(std::span<const float> logits);

}  // namespace bitcpp
