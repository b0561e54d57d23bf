// The honest floor: TF-IDF of words and bigrams with logistic (or ridge) regression. A 1-bit
// transformer has to earn its place above it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "linear/linear_loss.h"
#include "linear/tfidf.h"

namespace bitcpp {

/// How NgramLinearModel is fitted; the defaults are those of the floor. The tolerance is tighter
/// than scikit-learn's 1e-4, where SST-2 still moves by 0.3 points: it gives the minimum itself.
struct LinearOptions {
  double inverse_penalty = 20;  // C of scikit-learn's LogisticRegression
  double ridge_penalty = 1;     // alpha of its Ridge
  double gradient_tolerance = 1e-6;
  int max_iterations = 500;
};

/// Trained on pairs, it reads "text [SEP] pair"; `pair` is ignored otherwise.
class NgramLinearModel {
 public:
  /// LogisticRegression(C=20): multinomial, for two classes binomial; intercepts are not penalized.
  /// Throws Error for a label that `labels` does not hold or fewer than two labels.
  static NgramLinearModel train(const Dataset& dataset, const LabelMap& labels,
                                const LinearOptions& options = {});
  /// Ridge(alpha=1) on numeric labels. Throws Error for a label that is no number.
  static NgramLinearModel train_regression(const Dataset& dataset,
                                           const LinearOptions& options = {});

  /// Index of the most probable label, the first of equals.
  int predict(std::string_view text, std::string_view pair = {}) const;
  /// Regression: the predicted number. Classification: one logit a label (for two labels minus and
  /// plus half of scikit-learn's decision function).
  std::vector<double> scores(std::string_view text, std::string_view pair = {}) const;
  std::size_t features() const { return vectorizer_.features(); }

 private:
  /// `penalty` as if the loss were a sum over rows.
  void fit(const Dataset& dataset, const RowLoss& loss, double penalty,
           const std::vector<double>& first_intercepts, const LinearOptions& options);

  TfidfVectorizer vectorizer_;
  bool has_pair_ = false;
  std::size_t outputs_ = 0;
  bool binary_ = false;
  std::vector<float> weights_;      // (features, outputs)
  std::vector<double> intercepts_;  // (outputs)
};

}  // namespace bitcpp
