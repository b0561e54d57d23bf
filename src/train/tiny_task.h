// For tests: a small network, and texts that can be told apart.
#pragma once

#include <string>
#include <vector>

#include "train/network_config.h"
#include "train/task_data.h"

namespace bitcpp {

inline NetworkConfig tiny_config(Quantization quantization) {
  NetworkConfig config;
  config.num_hidden_layers = 2;
  config.hidden_size = 40;  // neither a multiple of 16 lanes nor of 64 bits
  config.num_attention_heads = 4;
  config.intermediate_size = 72;
  config.vocab_size = 30;
  config.max_position_embeddings = 16;
  config.quantization = quantization;
  config.labels = {"even", "odd", "other"};
  config.max_length = 16;
  return config;
}

/// Words 5..29 between [CLS] = 2 and [SEP] = 3; the class depends on which words occur.
inline std::vector<EncodedText> tiny_texts(std::size_t count) {
  std::vector<EncodedText> texts(count);
  std::uint64_t state = 88172645463325252u;
  for (EncodedText& text : texts) {
    auto draw = [&state](std::uint64_t below) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      return state % below;
    };
    text.ids.push_back(2);
    for (std::uint64_t length = 1 + draw(12); length > 0; --length)
      text.ids.push_back(static_cast<std::int32_t>(5 + draw(25)));
    text.ids.push_back(3);
    text.type_ids.assign(text.ids.size(), 0);
  }
  return texts;
}

}  // namespace bitcpp
