// A text as words that may be replaced, each with its place and its word pieces.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace bitcpp {

struct Word {
  Offset place;            // bytes of the text
  std::size_t first = 0;   // number of its first piece among the text's
  std::size_t pieces = 1;  // word pieces
};

/// A text's word pieces, and those of its words that say something: with a letter in them, known to
/// the vocabulary, and not among the commonest function words of English ("the", "of", "not"),
/// whose replacement changes grammar or meaning most. At most `max_pieces` pieces are looked at.
struct Words {
  std::vector<std::int32_t> ids;
  std::vector<Word> replaceable;
};
Words words_of(std::string_view text, const Tokenizer& tokenizer, std::size_t max_pieces);

/// Whether a vocabulary's token is a whole word of letters: not a piece, number, mark or control
/// token.
bool is_whole_word(std::string_view token);

}  // namespace bitcpp
