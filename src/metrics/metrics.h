// Task metrics, equal to scikit-learn's and scipy's.
#pragma once

#include <span>

namespace bitcpp {

/// Share of equal entries; NaN for no entries.
double accuracy(std::span<const int> predicted, std::span<const int> actual);
/// sklearn.metrics.f1_score of class `positive`, zero_division=0.
double f1(std::span<const int> predicted, std::span<const int> actual, int positive = 1);
/// sklearn.metrics.f1_score(average="macro") over the classes that occur in either,
/// zero_division=0.
double macro_f1(std::span<const int> predicted, std::span<const int> actual);
/// sklearn.metrics.matthews_corrcoef, any number of classes; 0 where it is undefined.
double matthews(std::span<const int> predicted, std::span<const int> actual);
/// scipy.stats.pearsonr; NaN for constant input or fewer than two entries.
double pearson(std::span<const double> a, std::span<const double> b);
/// scipy.stats.spearmanr (average ranks of ties); NaN for constant input or fewer than two entries.
double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace bitcpp
