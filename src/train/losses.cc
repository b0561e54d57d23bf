#include "train/losses.h"

#include "train/libtorch.h"

namespace bitcpp {

using torch::Tensor;

Tensor soft_cross_entropy(const Tensor& student, const Tensor& teacher) {
  return -(teacher.softmax(-1) * student.log_softmax(-1)).sum(-1).mean();
}

Tensor logit_mse(const Tensor& student, const Tensor& teacher) {
  return torch::mse_loss(student, teacher);
}

Tensor hidden_mse(const std::vector<Tensor>& student, const std::vector<Tensor>& teacher) {
  TORCH_CHECK(student.size() == teacher.size(), "as many hidden states as the teacher has");
  Tensor total;
  for (std::size_t i = 0; i < student.size(); ++i) {
    Tensor term = torch::mse_loss(student[i], teacher[i].to(student[i].scalar_type()));
    total = total.defined() ? total + term : term;
  }
  return total;
}

Tensor published_logit_loss(const Tensor& student, const Tensor& teacher) {
  return -(teacher.softmax(-1) * student.log_softmax(-1)).mean();
}

Tensor direction_distance(const Tensor& a, const Tensor& b) {
  // Twice the root's argument's least value keeps the gradient finite where both agree.
  constexpr double kLeast = 1e-12;
  const Tensor other = b.detach().to(a.scalar_type());
  const Tensor difference = a / a.norm().clamp_min(kLeast) - other / other.norm().clamp_min(kLeast);
  return difference.square().sum().add(kLeast).sqrt();
}

Tensor hidden_direction(const std::vector<Tensor>& student, const std::vector<Tensor>& teacher) {
  TORCH_CHECK(student.size() == teacher.size(), "as many hidden states as the teacher has");
  Tensor total;
  for (std::size_t i = 0; i < student.size(); ++i) {
    const Tensor term = direction_distance(student[i], teacher[i]);
    total = total.defined() ? total + term : term;
  }
  return total;
}

namespace {

/// x x^T for each head of each text: (B, heads, T, T), 0 where there is no token.
Tensor similarities(const Tensor& x, const Batch& batch, std::int64_t heads) {
  const Tensor padded =
      x.index_select(0, batch.padded_tokens).masked_fill(batch.padding.reshape({-1, 1}), 0);
  const Tensor split =
      padded.view({batch.sequences(), -1, heads, x.size(1) / heads}).transpose(1, 2);
  return split.matmul(split.transpose(2, 3));
}

}  // namespace

Tensor attention_direction(const std::vector<AttentionInputs>& student,
                           const std::vector<AttentionInputs>& teacher, const Batch& batch,
                           std::int64_t heads) {
  TORCH_CHECK(student.size() == teacher.size(), "as many layers as the teacher has");
  Tensor total = torch::zeros({}, student.at(0).query.options());
  for (std::size_t i = 0; i < student.size(); ++i)
    for (Tensor AttentionInputs::*of :
         {&AttentionInputs::query, &AttentionInputs::key, &AttentionInputs::value})
      total = total + direction_distance(similarities(student[i].*of, batch, heads),
                                         similarities(teacher[i].*of, batch, heads));
  return total;
}

}  // namespace bitcpp
