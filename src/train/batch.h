// A batch of encoded texts without padding: the tokens of all sequences stand one behind the other.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bitcpp {

/// Texts at once where nothing is learned from them: enough to keep the cores busy.
constexpr std::size_t kForwardBatch = 64;

/// One text's tokens with their special tokens, ready to be batched.
struct EncodedText {
  std::vector<std::int32_t> ids;
  std::vector<std::uint8_t> type_ids;
  std::int64_t attended = 0;  // the first tokens, which are attended to; 0: all of them
};

/// N tokens in B sequences. Integer tensors are int64 and live on the network's device.
struct Batch {
  torch::Tensor unique_ids;           // (U) word ids in use, ascending
  torch::Tensor word_rows;            // (N) each token's place in unique_ids
  torch::Tensor positions;            // (N)
  torch::Tensor types;                // (N)
  torch::Tensor first_tokens;         // (B) where each sequence's [CLS] stands
  std::vector<std::int64_t> offsets;  // (B + 1) where sequences begin, on the host
  // (B) how many tokens of each sequence are attended to, on the host; empty: all. Others only in
  // the published code's padding (variant.h); the operations of ATen alone know them.
  std::vector<std::int64_t> attended;

  // The padded view that ATen's attention needs: filled by `add_padded_view`.
  torch::Tensor padded_tokens;    // (B * T) token behind each padded place, 0 where there is none
  torch::Tensor padding;          // (B, T) bool, true where there is no token to attend to
  torch::Tensor unpadded_places;  // (N) place of each token among B * T

  std::int64_t tokens() const { return offsets.back(); }
  std::int64_t sequences() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
};

/// Throws std::invalid_argument for an empty batch or an empty sequence.
Batch make_batch(std::span<const EncodedText* const> texts, torch::Device device);

/// Every text with [PAD] (id 0) behind it up to `length` tokens, none of them attended to.
std::vector<EncodedText> padded_texts(const std::vector<EncodedText>& texts, std::int64_t length);

/// Attention probabilities of all sequences: sum of heads * tokens^2.
std::int64_t probability_count(std::span<const std::int64_t> offsets, std::int64_t heads);

/// Fills the three padded tensors, padding to the longest sequence of the batch.
void add_padded_view(Batch& batch, torch::Device device);

}  // namespace bitcpp
