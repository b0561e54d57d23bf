#include "linear/tfidf.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linear/ngrams.h"

namespace bitcpp {
namespace {

/// Sorts features that may repeat and turns them into entries with their counts.
std::vector<SparseEntry> count_features(std::vector<std::uint32_t> features) {
  std::sort(features.begin(), features.end());
  std::vector<SparseEntry> entries;
  for (std::uint32_t feature : features) {
    if (entries.empty() || entries.back().feature != feature) entries.push_back({feature, 0});
    ++entries.back().value;
  }
  return entries;
}

void weigh(std::span<SparseEntry> row, std::span<const double> idf) {
  double squares = 0;
  std::vector<double> weights(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    weights[i] = (1 + std::log(static_cast<double>(row[i].value))) * idf[row[i].feature];
    squares += weights[i] * weights[i];
  }
  const double length = std::sqrt(squares);
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i].value = static_cast<float>(weights[i] / length);
}

}  // namespace

SparseMatrix TfidfVectorizer::fit(std::span<const std::string> texts) {
  vocabulary_.clear();
  std::vector<std::size_t> texts_with;
  SparseMatrix matrix;
  for (const std::string& text : texts) {
    std::vector<std::uint32_t> features;
    for (std::string& gram : words_and_bigrams(text)) {
      const auto next = static_cast<std::uint32_t>(vocabulary_.size());
      features.push_back(vocabulary_.try_emplace(std::move(gram), next).first->second);
    }
    texts_with.resize(vocabulary_.size());
    for (const SparseEntry& entry : count_features(std::move(features))) {
      ++texts_with[entry.feature];
      matrix.entries.push_back(entry);
    }
    matrix.begin.push_back(matrix.entries.size());
  }
  idf_.clear();
  const auto count = static_cast<double>(texts.size());
  for (std::size_t with : texts_with)
    idf_.push_back(1 + std::log((1 + count) / (1 + static_cast<double>(with))));
  for (std::size_t i = 0; i < matrix.rows(); ++i)
    weigh({matrix.entries.data() + matrix.begin[i], matrix.begin[i + 1] - matrix.begin[i]}, idf_);
  return matrix;
}

std::vector<SparseEntry> TfidfVectorizer::transform(std::string_view text) const {
  std::vector<std::uint32_t> features;
  for (const std::string& gram : words_and_bigrams(text))
    if (const auto known = feature(gram)) features.push_back(*known);
  std::vector<SparseEntry> row = count_features(std::move(features));
  weigh(row, idf_);
  return row;
}

std::optional<std::uint32_t> TfidfVectorizer::feature(const std::string& gram) const {
  const auto found = vocabulary_.find(gram);
  return found == vocabulary_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace bitcpp
