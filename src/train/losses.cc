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

}  // namespace bitcpp
