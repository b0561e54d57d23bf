#include "text/word_builder.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace bitcpp {

void WordBuilder::add(char32_t point, std::uint8_t properties, Offset source) {
  if (properties & unicode::kSpace) {
    finish();
  } else if (properties & unicode::kPunctuation) {
    finish();
    append(point, source);
    finish();
  } else {
    append(point, source);
  }
}

void WordBuilder::append(char32_t point, Offset source) {
  if (characters_ == 0) whole_.begin = source.begin;
  whole_.end = source.end;
  if (characters_ < kMaxWordCharacters) {
    const std::size_t length = encode_utf8(point, word_.data() + bytes_);
    for (std::size_t i = 0; i < length; ++i, ++bytes_) {
      source_begins_[bytes_] = source.begin;
      source_ends_[bytes_] = source.end;
    }
  }
  ++characters_;
}

void WordBuilder::finish() {
  if (characters_ == 0) return;
  const std::string_view word(word_.data(), bytes_);
  const std::size_t count = characters_ > kMaxWordCharacters ? 0 : wordpiece_.split(word, pieces_);
  characters_ = bytes_ = 0;
  if (count == 0) return add_token(wordpiece_.unknown(), whole_);
  for (std::size_t i = 0; i < count; ++i) {
    const Piece& piece = pieces_[i];
    add_token(piece.id, {source_begins_[piece.begin], source_ends_[piece.end - 1u]});
  }
}

void WordBuilder::add_ascii_word(std::string_view word, std::uint32_t begin) {
  const std::size_t count = wordpiece_.split(word, pieces_);
  if (count == 0) {
    return add_token(wordpiece_.unknown(),
                     {begin, begin + static_cast<std::uint32_t>(word.size())});
  }
  for (std::size_t i = 0; i < count; ++i) {
    add_token(pieces_[i].id, {begin + pieces_[i].begin, begin + pieces_[i].end});
  }
}

void WordBuilder::add_token(std::int32_t id, Offset source) {
  ids_.push_back(id);
  if (offsets_ != nullptr) offsets_->push_back(source);
}

}  // namespace bitcpp
