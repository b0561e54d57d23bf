#include "train/ngram_head.h"

#include <vector>

#include "format/token_ngrams.h"
#include "train/libtorch.h"

namespace bitcpp {

using torch::Tensor;

Tensor ngram_scores(const NgramHead& head, const Tensor& ids,
                    std::span<const std::int64_t> offsets) {
  const Tensor narrow = ids.to(torch::kInt32).contiguous();
  const std::int32_t* tokens = narrow.data_ptr<std::int32_t>();
  const auto buckets = static_cast<std::uint32_t>(head.weight.size(0));
  std::vector<std::int64_t> places, texts, counts;
  for (std::size_t text = 0; text + 1 < offsets.size(); ++text) {
    const auto length = static_cast<std::size_t>(offsets[text + 1] - offsets[text]);
    visit_token_ngrams({tokens + offsets[text], length}, buckets, [&](std::uint32_t place) {
      places.push_back(place);
      texts.push_back(static_cast<std::int64_t>(text));
    });
    counts.push_back(static_cast<std::int64_t>(token_ngram_count(length)));
  }
  const torch::Device device = head.weight.device();
  const auto on_device = [&](const std::vector<std::int64_t>& values) {
    return torch::tensor(values, torch::kInt64).to(device);
  };
  Tensor rows = head.weight.index_select(0, on_device(places));
  Tensor sums = torch::zeros({static_cast<std::int64_t>(counts.size()), head.weight.size(1)},
                             head.weight.options());
  sums.index_add_(0, on_device(texts), rows);  // whole numbers below 2^24: exact in any order
  // By way of double: LibTorch's float square root is not always the nearest float.
  Tensor root = on_device(counts).to(torch::kDouble).sqrt().to(torch::kFloat).unsqueeze(1);
  return head.scale * sums / root + head.bias;
}

}  // namespace bitcpp
