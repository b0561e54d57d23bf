// Texts in, one vector each out: the pooled hidden states of the last layer.
#pragma once

#include <span>
#include <vector>

#include "model/sequence_runner.h"

namespace bitcpp {

enum class Pooling {
  kMean,  // of all tokens, [CLS] and [SEP] included, as sentence-transformers takes it
  kFirst  // the first token, [CLS]
};

/// One vector of the hidden states of a text's tokens, (tokens, width) with at least one token.
/// Sums in double, token after token: the same bits on every machine.
std::vector<float> pool(std::span<const float> hidden, std::size_t width, Pooling pooling);
/// Scales a vector to a length of 1; one of zeros stays as it is.
void to_length_one(std::span<float> values);

struct EmbeddingOptions {
  Pooling pooling = Pooling::kMean;
  bool normalize = false;  // to a length of 1
};

struct TextEmbedding {
  std::vector<float> values;  // (hidden_size)
  std::size_t tokens = 0;     // [CLS] and [SEP] included
  bool truncated = false;
};

/// In order; the same for every number of threads and batch, on every machine. Works with a model
/// of any task. Throws Error for a text that is too long under LongText::kRefuse, naming its place
/// from 1.
std::vector<TextEmbedding> embed(const SequenceRunner& runner, std::span<const TextInput> inputs,
                                 const EmbeddingOptions& options = {});

}  // namespace bitcpp
