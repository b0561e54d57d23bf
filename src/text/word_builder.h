// Normalized characters in, ids and offsets of their words out (BertPreTokenizer, then WordPiece).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"
#include "text/wordpiece.h"

namespace bitcpp {

/// Gathers characters until a space or a punctuation mark ends the word. A word's buffer is as long
/// as the longest word that WordPiece looks at, so text without spaces costs no memory.
class WordBuilder {
 public:
  /// Appends to `ids` and, unless null, `offsets`.
  WordBuilder(const WordPiece& wordpiece, std::vector<std::int32_t>& ids,
              std::vector<Offset>* offsets)
      : wordpiece_(wordpiece), ids_(ids), offsets_(offsets) {}

  /// A normalized character with its properties (text/unicode.h) and the bytes it came from.
  void add(char32_t point, std::uint8_t properties, Offset source);
  /// Ends the word under way, if any.
  void finish();

  /// A whole normalized word of at most kMaxWordCharacters ASCII characters, whose bytes stand at
  /// `begin` in the text one for one. No word may be under way.
  void add_ascii_word(std::string_view word, std::uint32_t begin);
  /// A token whose id is known. No word may be under way.
  void add_token(std::int32_t id, Offset source);

 private:
  void append(char32_t point, Offset source);

  const WordPiece& wordpiece_;
  std::vector<std::int32_t>& ids_;
  std::vector<Offset>* offsets_;
  std::size_t characters_ = 0, bytes_ = 0;
  Offset whole_;  // of all characters of the word, those beyond the buffer too
  // Left uninitialized: clearing them would cost a short text a tenth of its time.
  std::array<char, kMaxWordBytes> word_;
  std::array<std::uint32_t, kMaxWordBytes> source_begins_, source_ends_;  // of each byte of word_
  std::array<Piece, kMaxWordCharacters> pieces_;
};

}  // namespace bitcpp
