// Texts to sparse TF-IDF rows: TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bitcpp {

struct SparseEntry {
  std::uint32_t feature = 0;
  float value = 0;
};

/// Sparse rows one after the other: row i is entries[begin[i]] up to entries[begin[i + 1]].
struct SparseMatrix {
  std::vector<SparseEntry> entries;
  std::vector<std::size_t> begin{0};

  std::size_t rows() const { return begin.size() - 1; }
  std::span<const SparseEntry> row(std::size_t i) const {
    return {entries.data() + begin[i], begin[i + 1] - begin[i]};
  }
};

/// Weight of an n-gram that occurs `count` times in a text: (1 + ln count) * idf, idf = 1 + ln((1 +
/// texts) / (1 + texts with it)), each row scaled to length 1.
class TfidfVectorizer {
 public:
  /// Learns the vocabulary and idf of `texts` and returns their rows.
  SparseMatrix fit(std::span<const std::string> texts);
  /// The row of one text; n-grams that fit did not see are left out. Ordered by feature.
  std::vector<SparseEntry> transform(std::string_view text) const;
  std::size_t features() const { return idf_.size(); }
  /// The feature of an n-gram as words_and_bigrams writes it.
  std::optional<std::uint32_t> feature(const std::string& gram) const;

 private:
  std::unordered_map<std::string, std::uint32_t> vocabulary_;
  std::vector<double> idf_;
};

}  // namespace bitcpp
