#include "model/embedding.h"

#include <string>

#include "base/error.h"
#include "format/safetensors.h"
#include "kernels/embedding_row.h"

namespace bitcpp {
namespace {

std::vector<float> floats(std::span<const std::uint16_t> halves) {
  std::vector<float> result;
  result.reserve(halves.size());
  for (std::uint16_t half : halves) result.push_back(half_to_float(half));
  return result;
}

}  // namespace

Embedding::Embedding(const PackedEmbeddings& embeddings, std::int64_t hidden)
    : hidden_(static_cast<int>(hidden)),
      word_(embeddings.word),
      scale_(floats(embeddings.word_scale)),
      position_(floats(embeddings.position)),
      type_(floats(embeddings.token_type)) {
  const std::size_t width = static_cast<std::size_t>(hidden);
  if (word_.cols != hidden || static_cast<std::int64_t>(scale_.size()) != word_.rows ||
      word_.bits.size() != scale_.size() * ((width + 7) / 8) || position_.size() % width != 0 ||
      type_.size() % width != 0) {
    throw Error("packed model: the embeddings do not fit a hidden size of " +
                std::to_string(hidden));
  }
}

void Embedding::check(std::span<const std::int32_t> ids,
                      std::span<const std::uint8_t> types) const {
  const std::size_t width = static_cast<std::size_t>(hidden_);
  const std::size_t positions = position_.size() / width, type_count = type_.size() / width;
  if (ids.empty() || ids.size() > positions) {
    throw Error("a sequence of " + std::to_string(ids.size()) + " tokens, expected 1 to " +
                std::to_string(positions));
  }
  if (types.size() != ids.size())
    throw Error("a sequence has another number of token types than of tokens");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= word_.rows || types[i] >= type_count) {
      throw Error("token id " + std::to_string(ids[i]) + " of type " + std::to_string(types[i]) +
                  ", expected ids below " + std::to_string(word_.rows) + " and types below " +
                  std::to_string(type_count));
    }
  }
}

void Embedding::operator()(const Kernels& kernels, std::span<const std::int32_t> ids,
                           std::span<const std::uint8_t> types, int position, float* out) const {
  const std::size_t width = static_cast<std::size_t>(hidden_), row_bytes = (width + 7) / 8;
  const float* at = position_.data() + static_cast<std::size_t>(position) * width;
  for (std::size_t i = 0; i < ids.size(); ++i, out += width, at += width) {
    const std::size_t id = static_cast<std::size_t>(ids[i]);
    kernels.embedding_row({hidden_, word_.bits.data() + id * row_bytes, scale_[id],
                           type_.data() + types[i] * width, at, out});
  }
}

}  // namespace bitcpp
