#include "model/embedder.h"

#include <cmath>

namespace bitcpp {
namespace {

/// Sums in double, token after token: the same bits on every machine.
std::vector<float> mean_of_rows(std::span<const float> rows, std::size_t width) {
  std::vector<double> sums(width, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) sums[i % width] += static_cast<double>(rows[i]);
  std::vector<float> mean;
  const auto count = static_cast<double>(rows.size() / width);
  for (double sum : sums) mean.push_back(static_cast<float>(sum / count));
  return mean;
}

void to_length_one(std::vector<float>& values) {
  double squares = 0;
  for (float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  if (squares == 0) return;
  const double length = std::sqrt(squares);
  for (float& value : values) value = static_cast<float>(static_cast<double>(value) / length);
}

}  // namespace

std::vector<TextEmbedding> embed(const SequenceRunner& runner, std::span<const TextInput> inputs,
                                 const EmbeddingOptions& options) {
  const std::vector<Encoding> encodings = runner.encode(inputs);
  const std::vector<std::vector<float>> hidden = runner.hidden_states(encodings);
  const auto width = static_cast<std::size_t>(runner.encoder().config().hidden_size);
  std::vector<TextEmbedding> embeddings(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::span<const float> rows = hidden[i];
    TextEmbedding& embedding = embeddings[i];
    embedding.values =
        mean_of_rows(options.pooling == Pooling::kFirst ? rows.first(width) : rows, width);
    if (options.normalize) to_length_one(embedding.values);
    embedding.tokens = encodings[i].ids.size();
    embedding.truncated = encodings[i].truncated;
  }
  return embeddings;
}

}  // namespace bitcpp
