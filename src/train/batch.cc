#include "train/batch.h"

#include <algorithm>
#include <stdexcept>

#include "train/libtorch.h"
#include "train/to_device.h"

namespace bitcpp {
namespace {

torch::Tensor to_tensor(const std::vector<std::int64_t>& values, torch::Device device) {
  return to_device(torch::tensor(values, torch::kInt64), device);
}

}  // namespace

Batch make_batch(std::span<const EncodedText* const> texts, torch::Device device) {
  if (texts.empty()) throw std::invalid_argument("a batch needs a text");
  std::vector<std::int64_t> ids, positions, types, first_tokens;
  Batch batch;
  batch.offsets.push_back(0);
  for (const EncodedText* text : texts) {
    if (text->ids.empty()) throw std::invalid_argument("a sequence needs a token");
    first_tokens.push_back(static_cast<std::int64_t>(ids.size()));
    for (std::size_t i = 0; i < text->ids.size(); ++i) {
      ids.push_back(text->ids[i]);
      positions.push_back(static_cast<std::int64_t>(i));
      types.push_back(text->type_ids[i]);
    }
    batch.offsets.push_back(static_cast<std::int64_t>(ids.size()));
    batch.attended.push_back(text->attended);
  }
  if (std::all_of(batch.attended.begin(), batch.attended.end(), [](auto n) { return n == 0; }))
    batch.attended.clear();
  std::vector<std::int64_t> unique = ids;
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  std::vector<std::int64_t> rows;
  rows.reserve(ids.size());
  for (std::int64_t id : ids)
    rows.push_back(std::lower_bound(unique.begin(), unique.end(), id) - unique.begin());

  batch.unique_ids = to_tensor(unique, device);
  batch.word_rows = to_tensor(rows, device);
  batch.positions = to_tensor(positions, device);
  batch.types = to_tensor(types, device);
  batch.first_tokens = to_tensor(first_tokens, device);
  return batch;
}

std::vector<EncodedText> padded_texts(const std::vector<EncodedText>& texts, std::int64_t length) {
  std::vector<EncodedText> padded = texts;
  for (EncodedText& text : padded) {
    text.attended = static_cast<std::int64_t>(text.ids.size());
    const auto size = static_cast<std::size_t>(std::max(length, text.attended));
    text.ids.resize(size, 0);
    text.type_ids.resize(size, 0);
  }
  return padded;
}

std::int64_t probability_count(std::span<const std::int64_t> offsets, std::int64_t heads) {
  std::int64_t count = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t tokens = offsets[b + 1] - offsets[b];
    count += heads * tokens * tokens;
  }
  return count;
}

void add_padded_view(Batch& batch, torch::Device device) {
  const std::int64_t sequences = batch.sequences();
  std::int64_t longest = 0;
  for (std::int64_t b = 0; b < sequences; ++b)
    longest = std::max(longest, batch.offsets[b + 1] - batch.offsets[b]);
  std::vector<std::int64_t> token(sequences * longest, 0), place;
  torch::Tensor padding = torch::ones({sequences, longest}, torch::kBool);
  auto is_padding = padding.accessor<bool, 2>();
  for (std::int64_t b = 0; b < sequences; ++b)
    for (std::int64_t t = batch.offsets[b]; t < batch.offsets[b + 1]; ++t) {
      const std::int64_t at = t - batch.offsets[b];
      is_padding[b][at] = !batch.attended.empty() && at >= batch.attended[b];
      token[b * longest + at] = t;
      place.push_back(b * longest + at);
    }
  batch.padded_tokens = to_tensor(token, device);
  batch.unpadded_places = to_tensor(place, device);
  batch.padding = to_device(padding, device);
}

}  // namespace bitcpp
