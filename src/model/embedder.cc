#include "model/embedder.h"

#include <cmath>

namespace bitcpp {

std::vector<float> pool(std::span<const float> hidden, std::size_t width, Pooling pooling) {
  const std::span<const float> rows = pooling == Pooling::kFirst ? hidden.first(width) : hidden;
  std::vector<double> sums(width, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) sums[i % width] += static_cast<double>(rows[i]);
  std::vector<float> mean;
  const auto count = static_cast<double>(rows.size() / width);
  for (double sum : sums) mean.push_back(static_cast<float>(sum / count));
  return mean;
}

void to_length_one(std::span<float> values) {
  double squares = 0;
  for (float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  if (squares == 0) return;
  const double length = std::sqrt(squares);
  for (float& value : values) value = static_cast<float>(static_cast<double>(value) / length);
}

std::vector<TextEmbedding> embed(const SequenceRunner& runner, std::span<const TextInput> inputs,
                                 const EmbeddingOptions& options) {
  const std::vector<Encoding> encodings = runner.encode(inputs);
  const std::vector<std::vector<float>> hidden = runner.hidden_states(encodings);
  const auto width = static_cast<std::size_t>(runner.encoder().config().hidden_size);
  std::vector<TextEmbedding> embeddings(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    TextEmbedding& embedding = embeddings[i];
    embedding.values = pool(hidden[i], width, options.pooling);
    if (options.normalize) to_length_one(embedding.values);
    embedding.tokens = encodings[i].ids.size();
    embedding.truncated = encodings[i].truncated;
  }
  return embeddings;
}

}  // namespace bitcpp
