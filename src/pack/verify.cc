#include "pack/verify.h"

#include <algorithm>

#include "base/error.h"
#include "base/progress.h"
#include "pack/reference.h"
#include "train/evaluation.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

constexpr double kTolerance = 1e-3;
constexpr std::size_t kShown = 5;

void require_equal_shapes(const PackedConfig& packed, const NetworkConfig& trained) {
  const bool equal = packed.num_hidden_layers == trained.num_hidden_layers &&
                     packed.hidden_size == trained.hidden_size &&
                     packed.num_attention_heads == trained.num_attention_heads &&
                     packed.intermediate_size == trained.intermediate_size &&
                     packed.vocab_size == trained.vocab_size && packed.labels == trained.labels;
  if (!equal)
    throw Error("the packed model and the trained folder have different shapes or labels");
}

/// First place where hidden states differ in any bit; false when none does.
bool find_difference(const EncoderTrace& packed, const Outputs& trained, Difference& found) {
  for (std::size_t layer = 0; layer < trained.hidden.size(); ++layer) {
    const Tensor expected = trained.hidden[layer].contiguous();
    const float* values = expected.data_ptr<float>();
    const std::vector<float>& actual = packed.hidden.at(layer);
    for (std::size_t i = 0; i < actual.size(); ++i) {
      if (actual[i] == values[i]) continue;
      found.layer = static_cast<int>(layer);
      found.token = static_cast<std::int64_t>(i) / expected.size(1);
      found.channel = static_cast<std::int64_t>(i) % expected.size(1);
      found.packed = actual[i];
      found.trained = values[i];
      return true;
    }
  }
  return false;
}

double largest_difference(const Tensor& packed, const Tensor& trained) {
  return (packed - trained).abs().max().item<double>();
}

}  // namespace

Verification verify(const Encoder& packed, const Network& trained, const TaskData& data,
                    const Task& task) {
  require_equal_shapes(packed.config(), trained.config());
  const int64_t outputs = packed.outputs();
  Tensor packed_logits = torch::empty({data.size(), outputs}),
         trained_logits = torch::empty_like(packed_logits);
  const ReferenceNetwork reference(trained);
  Workspace workspace;
  ProgressLine progress("verify");
  Verification result;
  std::int64_t equal_hidden = 0, equal_labels = 0;
  for (int64_t i = 0; i < data.size(); ++i) {
    const EncodedText& text = data.texts[static_cast<std::size_t>(i)];
    const EncoderInput input{text.ids, text.type_ids};
    EncoderTrace trace;
    Tensor own = packed_logits[i];
    packed.run({&input, 1}, workspace, {own.data_ptr<float>(), static_cast<std::size_t>(outputs)},
               &trace);
    Outputs expected = reference.run(text);
    trained_logits[i].copy_(expected.logits[0]);
    Difference difference{static_cast<std::size_t>(i), largest_difference(own, trained_logits[i])};
    equal_hidden += !find_difference(trace, expected, difference);
    equal_labels += own.argmax().item<int64_t>() == trained_logits[i].argmax().item<int64_t>();
    if (difference.logit_difference > kTolerance) result.differences.push_back(difference);
    progress.update(static_cast<double>(i + 1), static_cast<double>(data.size()));
  }
  std::sort(result.differences.begin(), result.differences.end(),
            [](const Difference& a, const Difference& b) {
              return a.logit_difference > b.logit_difference;
            });
  if (result.differences.size() > kShown) result.differences.resize(kShown);
  const double count = static_cast<double>(data.size());
  const double largest = largest_difference(packed_logits, trained_logits);
  result.passed = equal_labels == data.size() && largest <= kTolerance;
  result.summary = {{"n", data.size()},
                    {"equal_labels", static_cast<double>(equal_labels) / count},
                    {"max_logit_difference", largest},
                    {"equal_hidden_states", static_cast<double>(equal_hidden) / count},
                    {"packed", task_metrics(packed_logits, data, task)},
                    {"trained", task_metrics(trained_logits, data, task)}};
  progress.finish("packed and trained agree on " + std::to_string(equal_labels) + " of " +
                  std::to_string(data.size()) + " labels");
  return result;
}

}  // namespace bitcpp
