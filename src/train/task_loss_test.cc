// Losses of tasks with logits per token against sums written out, and class weights.
#include "train/task_loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "train/libtorch.h"
#include "train/teacher_outputs.h"
#include "train/tiny_task.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// Three texts of 4, 6 and 5 tokens.
struct Texts {
  TaskData data;
  Task task;
  Batch batch;
  std::vector<std::size_t> chosen = {2, 0, 1};

  explicit Texts(TaskKind kind) {
    task.kind = kind;
    for (std::size_t length : {4, 6, 5})
      data.texts.push_back(
          {std::vector<std::int32_t>(length, 7), std::vector<std::uint8_t>(length)});
    std::vector<const EncodedText*> pointers;
    for (std::size_t i : chosen) pointers.push_back(&data.texts[i]);
    batch = make_batch(pointers, torch::kCPU);
  }
};

double log_probability(const Tensor& logits, std::int64_t at) {
  return logits.to(torch::kDouble).log_softmax(0)[at].item<double>();
}

TEST(TaskLoss, TaggingLooksAtFirstTokensAlone) {
  Texts t(TaskKind::kTagging);
  t.task.labels = LabelMap({"O", "B-X", "I-X"});
  t.data.words = {{{1, -1}, {1, 2}}, {{1, 3, 4}, {0, 1, 2}}, {{}, {}}};
  const Tensor logits = torch::randn({15, 3}), teacher = torch::randn({15, 3});
  // The batch holds texts 2, 0, 1: rows from 0, 5 and 9.
  const std::vector<std::pair<int, int>> labelled = {{6, 1}, {10, 0}, {12, 1}, {13, 2}};
  double hard = 0, soft = 0, weighted = 0, weights = 0;
  for (const auto& [row, label] : labelled) {
    hard -= log_probability(logits[row], label) / 4;
    const double weight = label == 0 ? 0.5 : label == 1 ? 3 : 1;
    weighted -= weight * log_probability(logits[row], label);
    weights += weight;
    for (int c = 0; c < 3; ++c)
      soft -= std::exp(log_probability(teacher[row], c)) * log_probability(logits[row], c) / 4;
  }
  const TaskLoss plain(t.task, t.data, {}, torch::kCPU);
  EXPECT_NEAR(plain.from_labels(logits, t.chosen, t.batch).item<double>(), hard, 1e-5);
  EXPECT_NEAR(plain.from_teacher(logits, teacher, t.chosen, t.batch).item<double>(), soft, 1e-5);
  ClassWeights given;
  given.by_label = {{"O", 0.5}, {"B-X", 3}};
  const TaskLoss other(t.task, t.data, given, torch::kCPU);
  EXPECT_NEAR(other.from_labels(logits, t.chosen, t.batch).item<double>(), weighted / weights,
              1e-5);
  t.data.words.assign(3, {});
  EXPECT_EQ(plain.from_labels(logits, t.chosen, t.batch).item<double>(), 0);
  EXPECT_EQ(plain.from_teacher(logits, teacher, t.chosen, t.batch).item<double>(), 0);
}

TEST(TaskLoss, QuestionsLookAtStartsAndEndsOverEachWindow) {
  Texts t(TaskKind::kQuestionAnswering);
  t.data.questions.answers = {{1, 2}, {0, 0}, {3, 4}};
  const Tensor logits = torch::randn({15, 2}) * 3, teacher = torch::randn({15, 2}) * 3;
  const std::vector<std::pair<int, int>> rows = {{0, 5}, {5, 4}, {9, 6}};
  double hard = 0, soft = 0;
  for (std::size_t b = 0; b < 3; ++b)
    for (int side = 0; side < 2; ++side) {
      const auto part = [&](const Tensor& x) {
        return x.narrow(0, rows[b].first, rows[b].second).select(1, side);
      };
      const TokenSpan& span = t.data.questions.answers[t.chosen[b]];
      hard -= log_probability(part(logits), side == 0 ? span.start : span.end) / 6;
      for (int i = 0; i < rows[b].second; ++i)
        soft -= std::exp(log_probability(part(teacher), i)) * log_probability(part(logits), i) / 6;
    }
  const TaskLoss loss(t.task, t.data, {}, torch::kCPU);
  EXPECT_NEAR(loss.from_labels(logits, t.chosen, t.batch).item<double>(), hard, 1e-5);
  EXPECT_NEAR(loss.from_teacher(logits, teacher, t.chosen, t.batch).item<double>(), soft, 1e-5);
}

TEST(TaskLoss, InThePublishedFormIsDividedByTheNumberOfClasses) {
  Texts t(TaskKind::kTagging);
  t.task.labels = LabelMap({"O", "B-X", "I-X"});
  t.data.words = {{{1, -1}, {1, 2}}, {{1, 3, 4}, {0, 1, 2}}, {{}, {}}};
  const Tensor logits = torch::randn({15, 3}), teacher = torch::randn({15, 3});
  const auto loss = [&](LogitForm form) {
    return TaskLoss(t.task, t.data, {}, torch::kCPU, form)
        .from_teacher(logits, teacher, t.chosen, t.batch)
        .item<double>();
  };
  EXPECT_NEAR(3 * loss(LogitForm::kPublished), loss(LogitForm::kPaper), 1e-5);
}

TEST(ClassWeights, BalancedAreThoseOfScikitLearn) {
  Task task;
  task.labels = LabelMap({"a", "b", "c"});
  TaskData data;
  data.classes = {0, 0, 0, 1};
  ClassWeights balanced;
  balanced.balanced = true;
  // 4 / (3 * 3), 4 / (3 * 1); a class without texts has weight 1.
  const std::vector<float> weights = resolve_class_weights(balanced, task, data);
  EXPECT_FLOAT_EQ(weights[0], 4.0f / 9);
  EXPECT_FLOAT_EQ(weights[1], 4.0f / 3);
  EXPECT_EQ(weights[2], 1);
  ClassWeights unknown;
  unknown.by_label = {{"z", 2}};
  EXPECT_THROW(resolve_class_weights(unknown, task, data), Error);
  task = {};
  task.kind = TaskKind::kRegression;
  EXPECT_THROW(resolve_class_weights(balanced, task, data), Error);
  EXPECT_TRUE(resolve_class_weights({}, task, data).empty());
}

TEST(TeacherOutputs, KeepLogitsOfEveryToken) {
  NetworkConfig config = tiny_config({});
  config.task = TaskKind::kTagging;
  Network network(config, torch::kCPU, 3);
  const auto texts = tiny_texts(9);
  const TeacherOutputs kept(network, texts, 1, testing::TempDir(), [](auto, auto) {});
  const std::vector<std::size_t> chosen = {7, 2};
  const EncodedText* pointers[] = {&texts[7], &texts[2]};
  const Batch batch = make_batch(pointers, torch::kCPU);
  const Tensor logits = network.forward(batch, {}).logits;
  EXPECT_EQ(logits.size(0), batch.tokens());
  EXPECT_TRUE(torch::allclose(kept.get(chosen, batch).logits, logits, 1e-4, 1e-5));
}

}  // namespace
}  // namespace bitcpp
