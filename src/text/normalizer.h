// BERT's text normalization, one character at a time: clean, set ideographs apart, strip accents,
// lowercase.
//
// Offsets follow Hugging Face's `tokenizers`, whose rules show in two places:
// - Characters that a decomposition adds come from the character before them in the decomposed
// text.
// - NFD sorts combining characters by class, and the sorted characters take the places in the text
// in
//   their old order: a mark that moved forward gets the offset of the mark that stood there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "text/tokenizer.h"
#include "text/word_builder.h"

namespace bitcpp {

/// Feeds a WordBuilder. Holds nothing but the combining characters since the last base character.
class Normalizer {
 public:
  Normalizer(const TokenizerOptions& options, WordBuilder& words)
      : options_(options), words_(words) {}
  Normalizer(const Normalizer&) = delete;
  Normalizer& operator=(const Normalizer&) = delete;

  /// The next character of the text and the bytes it came from.
  void push(char32_t point, Offset source);
  /// Ends the text, or a part of it that a space or punctuation mark ends.
  void finish();

 private:
  struct Mark {
    char32_t point;
    std::uint8_t combining_class;
    bool inserted;  // added by a decomposition, so without a place of its own in the text
  };

  void decompose(char32_t point, std::uint8_t properties, Offset source);
  void decomposed(char32_t point, bool inserted, Offset source);
  void flush_marks();
  void emit(char32_t point, std::uint8_t properties, Offset source);

  const TokenizerOptions options_;
  WordBuilder& words_;
  std::array<std::byte, 1024> stack_;  // marks need no heap but where dozens pile up
  std::pmr::monotonic_buffer_resource memory_{stack_.data(), stack_.size()};
  std::pmr::vector<Mark> marks_{&memory_};
  std::pmr::vector<Offset> mark_sources_{&memory_};  // of the marks not inserted
  bool any_mark_stays_ = false;
  Offset previous_;  // place of the last character that had one
};

}  // namespace bitcpp
