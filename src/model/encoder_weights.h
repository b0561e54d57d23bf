// A packed model made ready for the kernels of one instruction set.
#pragma once

#include <memory>
#include <vector>

#include "format/packed_model.h"
#include "kernels/kernels.h"
#include "model/attention_layers.h"
#include "model/embedding.h"
#include "model/linear_layers.h"

namespace bitcpp {

struct Norm {
  const float *weight = nullptr, *bias = nullptr;  // (hidden_size)
};

struct EncoderLayer {
  Projection query, key, value;
  SelfAttention attention;
  FloatLinear output;
  Norm attention_norm;
  CodeLinear up;
  FloatLinear down;
  Norm ffn_norm;
};

struct EncoderWeights {
  const Kernels* kernels = nullptr;
  PackedModel model;
  std::shared_ptr<const void> storage;  // of what `model` points to, besides its file
  int hidden = 0;
  Embedding embedding;
  Norm embedding_norm;
  std::vector<EncoderLayer> layers;
  InputCodes pooler_input;  // this and the next: not where logits are per token
  FloatLinear pooler;
};

/// Throws Error when tensors do not fit the configuration.
EncoderWeights make_encoder_weights(PackedModel model, const Kernels& kernels,
                                    std::shared_ptr<const void> storage);

}  // namespace bitcpp
