// An n-gram head for a trained student, where it pays: counting tokens and pairs of neighbours is
// what a 1-bit network of little data does worst and costs nothing at run time.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "train/ngram_head.h"
#include "train/task_data.h"

namespace bitcpp {

/// Rows of the table for so many outputs: the most that stay within 512 KiB, 2^10 to 2^17.
std::int64_t ngram_buckets(std::int64_t outputs);

/// Logistic regression of `classes` on the n-grams of `texts`, each counted 1 / sqrt(n-grams of the
/// text), its weights rounded to bytes, a scale for each output.
NgramHead fit_ngram_head(const std::vector<EncodedText>& texts,
                         const std::vector<std::int64_t>& classes, std::int64_t outputs);

/// The head with what it adds multiplied by `weight`.
NgramHead weighted(const NgramHead& head, double weight);

struct NgramChoice {
  NgramHead head;
  double weight = 0;
  nlohmann::ordered_json dev;  // the task's metrics on the dev file, with it
};

/// Of the weights 1/4 to 2 that which gives `dev` the best main metric beside the student's
/// `logits` of it; nothing where none is better than 0.
std::optional<NgramChoice> choose_ngram_weight(const NgramHead& head, const torch::Tensor& logits,
                                               const TaskData& dev, const Task& task,
                                               const std::string& metric);

}  // namespace bitcpp
