#include "text/tokenizer.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"
#include "text/normalizer.h"
#include "text/unicode.h"
#include "text/utf8.h"
#include "text/word_builder.h"
#include "text/wordpiece.h"

namespace bitcpp {
namespace {

// kOther: not ASCII, or a control character, which is removed from inside a word.
enum ByteClass : std::uint8_t { kLetter, kBlank, kMarkByte, kOther };

}  // namespace

struct Tokenizer::State {
  State(std::string_view vocabulary, const TokenizerOptions& chosen)
      : options(chosen), wordpiece(vocabulary) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::uint8_t found = byte < 128 ? unicode::properties(static_cast<char32_t>(byte)) : 0;
      classes[byte] = byte >= 128 || (found & unicode::kRemoved) ? kOther
                      : (found & unicode::kSpace)                ? kBlank
                      : (found & unicode::kPunctuation)          ? kMarkByte
                                                                 : kLetter;
      const bool capital = options.lowercase && byte >= 'A' && byte <= 'Z';
      normalized[byte] = static_cast<char>(capital ? byte - 'A' + 'a' : byte);
      const char character = static_cast<char>(byte);
      const std::int32_t id = wordpiece.find({&character, 1});
      punctuation_ids[byte] = id < 0 ? wordpiece.unknown() : id;
    }
    classifier = required("[CLS]");
    separator = required("[SEP]");
    required("[PAD]");
  }

  std::int32_t required(std::string_view token) const {
    const std::int32_t id = wordpiece.find(token);
    if (id < 0) throw Error("vocabulary: no " + std::string(token) + " among its tokens");
    return id;
  }

  ByteClass class_of(char byte) const { return classes[static_cast<std::uint8_t>(byte)]; }

  std::size_t ascii_word(std::string_view text, std::size_t begin, WordBuilder& words) const;
  std::size_t any_words(std::string_view text, std::size_t begin, Normalizer& normalizer) const;

  TokenizerOptions options;
  WordPiece wordpiece;
  std::array<ByteClass, 256> classes;
  std::array<char, 256> normalized;
  std::array<std::int32_t, 256> punctuation_ids;
  std::int32_t classifier = 0, separator = 0;
};

// The fast path: a word of ASCII letters and digits that ends at a space, a punctuation mark or the
// end of the text. Returns its end, or `begin` where the word is no such word.
std::size_t Tokenizer::State::ascii_word(std::string_view text, std::size_t begin,
                                         WordBuilder& words) const {
  std::array<char, kMaxWordCharacters> word;
  std::size_t end = begin;
  for (; end < text.size() && class_of(text[end]) == kLetter; ++end) {
    if (end - begin == kMaxWordCharacters) return begin;
    word[end - begin] = normalized[static_cast<std::uint8_t>(text[end])];
  }
  if (end < text.size() && class_of(text[end]) == kOther) return begin;
  words.add_ascii_word({word.data(), end - begin}, static_cast<std::uint32_t>(begin));
  return end;
}

// The general path, up to an ASCII space or punctuation mark, with which no earlier character can
// have to do any more. Returns where it stopped.
std::size_t Tokenizer::State::any_words(std::string_view text, std::size_t begin,
                                        Normalizer& normalizer) const {
  std::size_t position = begin;
  while (position < text.size()) {
    const ByteClass found = class_of(text[position]);
    if (found == kBlank || found == kMarkByte) break;
    const DecodedChar character = decode_utf8(text, position);
    const std::size_t end = position + character.length;
    normalizer.push(character.point,
                    {static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(end)});
    position = end;
  }
  normalizer.finish();
  return position;
}

Tokenizer::Tokenizer(std::string_view vocabulary, const TokenizerOptions& options)
    : state_(std::make_unique<State>(vocabulary, options)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

void Tokenizer::tokenize(std::string_view text, std::vector<std::int32_t>& ids,
                         std::vector<Offset>* offsets) const {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error("text: larger than 4 GB, which offsets cannot express");
  }
  WordBuilder words(state_->wordpiece, ids, offsets);
  Normalizer normalizer(state_->options, words);
  for (std::size_t position = 0; position < text.size();) {
    switch (state_->class_of(text[position])) {
      case kBlank:
        ++position;
        break;
      case kMarkByte: {
        const auto begin = static_cast<std::uint32_t>(position);
        words.add_token(state_->punctuation_ids[static_cast<std::uint8_t>(text[position])],
                        {begin, begin + 1});
        ++position;
        break;
      }
      case kLetter: {
        const std::size_t end = state_->ascii_word(text, position, words);
        position = end > position ? end : state_->any_words(text, position, normalizer);
        break;
      }
      case kOther:
        position = state_->any_words(text, position, normalizer);
        break;
    }
  }
}

namespace {

void append_part(Encoding& encoding, const std::vector<std::int32_t>& ids,
                 const std::vector<Offset>& offsets, std::size_t length, std::int32_t separator,
                 std::uint8_t type) {
  encoding.ids.insert(encoding.ids.end(), ids.begin(),
                      ids.begin() + static_cast<std::ptrdiff_t>(length));
  encoding.offsets.insert(encoding.offsets.end(), offsets.begin(),
                          offsets.begin() + static_cast<std::ptrdiff_t>(length));
  encoding.ids.push_back(separator);
  encoding.offsets.push_back({});
  encoding.type_ids.resize(encoding.ids.size(), type);
}

// longest_first: take from the longer part until both are equal, then from both in turn; where the
// room is odd, the part that was longer keeps one more, and the second one where they were equal.
void cut_pair(std::size_t& first, std::size_t& second, std::size_t room) {
  if (first + second <= room) return;
  std::size_t& shorter = first > second ? second : first;
  std::size_t& longer = first > second ? first : second;
  shorter = std::min(shorter, room / 2);
  longer = room - shorter;
}

void require_room(std::size_t max_length, std::size_t special) {
  if (max_length < special) {
    throw Error("max_length is " + std::to_string(max_length) + ", expected at least " +
                std::to_string(special) + " for the special tokens");
  }
}

}  // namespace

Encoding Tokenizer::encode(std::string_view text, std::size_t max_length) const {
  require_room(max_length, 2);
  Encoding encoding;
  encoding.ids.push_back(state_->classifier);
  encoding.offsets.push_back({});
  tokenize(text, encoding.ids, &encoding.offsets);
  encoding.truncated = encoding.ids.size() > max_length - 1;
  if (encoding.truncated) {
    encoding.ids.resize(max_length - 1);
    encoding.offsets.resize(max_length - 1);
  }
  encoding.ids.push_back(state_->separator);
  encoding.offsets.push_back({});
  encoding.type_ids.assign(encoding.ids.size(), 0);
  return encoding;
}

Encoding Tokenizer::encode(std::string_view text, std::string_view pair,
                           std::size_t max_length) const {
  require_room(max_length, 3);
  std::vector<std::int32_t> first, second;
  std::vector<Offset> first_offsets, second_offsets;
  tokenize(text, first, &first_offsets);
  tokenize(pair, second, &second_offsets);
  std::size_t first_length = first.size(), second_length = second.size();
  cut_pair(first_length, second_length, max_length - 3);

  Encoding encoding;
  encoding.truncated = first_length < first.size() || second_length < second.size();
  encoding.ids.push_back(state_->classifier);
  encoding.offsets.push_back({});
  append_part(encoding, first, first_offsets, first_length, state_->separator, 0);
  append_part(encoding, second, second_offsets, second_length, state_->separator, 1);
  return encoding;
}

const TokenizerOptions& Tokenizer::options() const { return state_->options; }
std::size_t Tokenizer::vocabulary_size() const { return state_->wordpiece.size(); }
std::string Tokenizer::vocabulary_text() const { return state_->wordpiece.text(); }

std::string_view Tokenizer::token(std::int32_t id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= vocabulary_size()) {
    throw Error("token id " + std::to_string(id) + " is not in the vocabulary of " +
                std::to_string(vocabulary_size()));
  }
  return state_->wordpiece.token(id);
}

}  // namespace bitcpp
