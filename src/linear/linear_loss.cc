#include "linear/linear_loss.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bitcpp {

Objective mean_loss(const SparseMatrix& rows, std::size_t features, std::size_t outputs,
                    double penalty, const RowLoss& loss) {
  return [&rows, &loss, features, outputs, penalty](std::span<const double> x,
                                                    std::span<double> gradient) {
    const double scale = 1 / static_cast<double>(rows.rows());
    const std::size_t weights = features * outputs;
    double squares = 0;
    for (std::size_t i = 0; i < weights; ++i) {
      squares += x[i] * x[i];
      gradient[i] = penalty * x[i];
    }
    std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(weights), gradient.end(), 0.0);
    double sum = 0;
    std::vector<double> row_outputs(outputs);
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      std::copy_n(x.data() + weights, outputs, row_outputs.data());
      for (const SparseEntry& entry : rows.row(r)) {
        const double value = entry.value;
        const double* from = x.data() + entry.feature * outputs;
        for (std::size_t k = 0; k < outputs; ++k) row_outputs[k] += value * from[k];
      }
      sum += loss(r, row_outputs);
      for (double& output : row_outputs) output *= scale;
      for (const SparseEntry& entry : rows.row(r)) {
        const double value = entry.value;
        double* to = gradient.data() + entry.feature * outputs;
        for (std::size_t k = 0; k < outputs; ++k) to[k] += value * row_outputs[k];
      }
      for (std::size_t k = 0; k < outputs; ++k) gradient[weights + k] += row_outputs[k];
    }
    return sum * scale + 0.5 * penalty * squares;
  };
}

double softmax_loss(std::size_t target, std::span<double> outputs) {
  const double largest = *std::max_element(outputs.begin(), outputs.end());
  const double target_logit = outputs[target] - largest;
  double sum = 0;
  for (double& output : outputs) {
    output = std::exp(output - largest);
    sum += output;
  }
  for (double& output : outputs) output /= sum;
  outputs[target] -= 1;
  return std::log(sum) - target_logit;
}

double binary_loss(double target, double& output) {
  const double logit = output;
  // ln(1 + e^logit) without overflow.
  const double softplus = std::max(logit, 0.0) + std::log1p(std::exp(-std::abs(logit)));
  output = 1 / (1 + std::exp(-logit)) - target;
  return softplus - target * logit;
}

}  // namespace bitcpp
