// Predicted tags against the annotators': entities as conlleval counts them, and words.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bitcpp {

/// Counts over sentences (decode/entities.h says what an entity is).
class TagScore {
 public:
  /// One sentence; both as long.
  void add(std::span<const std::string_view> predicted, std::span<const std::string_view> actual);

  /// Share of predicted entities that are right in type and both ends; 0 when there are none.
  double precision() const { return share(correct_, predicted_); }
  /// Share of actual entities that were found; 0 when there are none.
  double recall() const { return share(correct_, actual_); }
  /// Their harmonic mean; 0 when both are 0.
  double f1() const { return share(2 * correct_, predicted_ + actual_); }
  /// Share of words with the right tag; 0 for no words.
  double accuracy() const { return share(equal_words_, words_); }
  std::size_t sentences() const { return sentences_; }

 private:
  static double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }

  std::size_t sentences_ = 0, words_ = 0, equal_words_ = 0;
  std::size_t correct_ = 0, predicted_ = 0, actual_ = 0;
};

}  // namespace bitcpp
