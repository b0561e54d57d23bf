// What the linear models minimize: mean loss over sparse rows plus a penalty on the weights.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "linear/lbfgs.h"
#include "linear/tfidf.h"

namespace bitcpp {

/// Loss of row `row` with its outputs (logits or one number); replaces the outputs by their
/// gradient.
using RowLoss = std::function<double(std::size_t row, std::span<double> outputs)>;

/// Of parameters ((features + 1) x outputs, the intercepts last): mean over rows of
/// loss(row, x weights + intercepts), plus penalty / 2 * sum of squared weights (not intercepts).
/// Refers to its arguments, which have to outlive it.
Objective mean_loss(const SparseMatrix& rows, std::size_t features, std::size_t outputs,
                    double penalty, const RowLoss& loss);

/// Cross-entropy of softmax(outputs) against class `target`.
double softmax_loss(std::size_t target, std::span<double> outputs);
/// Cross-entropy of one logit against `target` 0 or 1.
double binary_loss(double target, double& output);

}  // namespace bitcpp
