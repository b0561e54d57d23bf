// Texts in, labels out: tokenizer and encoder together, on one thread or many.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/sequence_runner.h"

namespace bitcpp {

struct Prediction {
  int label = 0;    // index of the greatest score (the lowest of equals); 0 for regression
  float score = 0;  // its probability; for regression the raw value
  std::vector<float> scores;  // probability of every label; empty for regression
  std::vector<float> logits;  // (outputs)
  bool truncated = false;     // tokens were cut off
};

/// What the logits of one text say. `regression`: one logit, a value.
Prediction prediction_of(std::span<const float> logits, bool regression, bool truncated);

/// Thread-safe, as every function here is const.
class Predictor {
 public:
  /// Throws Error as Encoder::open does, for options that make no sense, and for a model that
  /// answers per token (tagger.h, answerer.h).
  static Predictor open(const std::filesystem::path& path, const PredictorOptions& options = {});
  static Predictor from(Encoder encoder, const PredictorOptions& options = {});
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  ~Predictor();

  const SequenceRunner& runner() const;
  const PackedConfig& config() const;
  const Encoder& encoder() const;
  const Tokenizer& tokenizer() const;
  bool regression() const;
  /// Tokens a text may have before it is cut.
  std::size_t max_length() const;
  /// Name of a label; "" for regression.
  const std::string& label_name(int label) const;

  Prediction predict(std::string_view text) const;
  Prediction predict(std::string_view text, std::string_view pair) const;
  /// In order; the same results for every number of threads. Throws Error for a text that is too
  /// long under LongText::kRefuse, naming its place from 1.
  std::vector<Prediction> predict(std::span<const TextInput> inputs) const;

 private:
  struct State;
  explicit Predictor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bitcpp
