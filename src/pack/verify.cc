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
                     packed.vocab_size == trained.vocab_size && packed.labels == trained.labels &&
                     packed.task == task_name(trained.task);
  if (!equal)
    throw Error("the packed model and the trained folder have different shapes, tasks or labels");
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

/// What is answered from one text's logits (rows, outputs): the class of every row, or, for a
/// question, the tokens of greatest start and end logit.
Tensor answers(const Tensor& logits, TaskKind task) {
  return logits.argmax(task == TaskKind::kQuestionAnswering ? 0 : 1);
}

double largest_difference(const Tensor& packed, const Tensor& trained) {
  return (packed - trained).abs().max().item<double>();
}

}  // namespace

Verification verify(const Encoder& packed, const Network& trained, const TaskData& data,
                    const Task& task) {
  require_equal_shapes(packed.config(), trained.config());
  const int64_t outputs = packed.outputs();
  const std::vector<int64_t> rows = logit_rows(data.texts, task.kind);
  Tensor packed_logits = torch::empty({rows.back(), outputs}),
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
    const int64_t first = rows[static_cast<std::size_t>(i)],
                  count = rows[static_cast<std::size_t>(i) + 1] - first;
    Tensor own = packed_logits.narrow(0, first, count);
    packed.run({&input, 1}, workspace,
               {own.data_ptr<float>(), static_cast<std::size_t>(own.numel())}, &trace);
    Outputs expected = reference.run(text);
    trained_logits.narrow(0, first, count).copy_(expected.logits);
    Difference difference{static_cast<std::size_t>(i), largest_difference(own, expected.logits)};
    equal_hidden += !find_difference(trace, expected, difference);
    equal_labels += torch::equal(answers(own, task.kind), answers(expected.logits, task.kind));
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
