#include "text/wordpiece.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr std::size_t kMaxVocabularyBytes = std::size_t{1} << 28;
constexpr std::string_view kContinuation = "##";

constexpr std::uint64_t kHashSeed = 0xCBF29CE484222325, kHashPrime = 0x100000001B3;

// FNV-1a: the hashes of all prefixes of a word come with the hash of the word.
inline std::uint64_t extend_hash(std::uint64_t hash, char byte) {
  return (hash ^ static_cast<std::uint8_t>(byte)) * kHashPrime;
}

std::uint64_t hash_of(std::string_view key) {
  std::uint64_t hash = kHashSeed;
  for (const char byte : key) hash = extend_hash(hash, byte);
  return hash;
}

// FNV's high bits know little of the last bytes, and the slot is taken from the high bits.
inline std::uint64_t finish_hash(std::uint64_t hash) {
  return (hash ^ (hash >> 29)) * 0x9E3779B97F4A7C15;
}

inline bool continues_character(char byte) {
  return (static_cast<std::uint8_t>(byte) & 0xC0) == 0x80;
}

}  // namespace

WordPiece::WordPiece(std::string_view vocabulary) {
  if (vocabulary.size() > kMaxVocabularyBytes) {
    throw Error("vocabulary: larger than " + std::to_string(kMaxVocabularyBytes >> 20) + " MB");
  }
  read_lines(vocabulary);
  std::size_t continuations = 0;
  for (std::size_t id = 0; id < size(); ++id) {
    continuations += token(static_cast<std::int32_t>(id)).starts_with(kContinuation);
  }
  words_.reserve(size() - continuations);
  continuations_.reserve(continuations);
  continuations_.key_begin = kContinuation.size();
  for (std::size_t i = 0; i < size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    insert(token(id).starts_with(kContinuation) ? continuations_ : words_, id);
  }
  unknown_ = find("[UNK]");
  if (unknown_ < 0)
    throw Error("vocabulary: no [UNK] among its " + std::to_string(size()) + " tokens");
}

void WordPiece::read_lines(std::string_view vocabulary) {
  text_.reserve(vocabulary.size() + 1);
  for (std::size_t begin = 0; begin < vocabulary.size();) {
    const std::size_t end = std::min(vocabulary.find('\n', begin), vocabulary.size());
    std::string_view line = vocabulary.substr(begin, end - begin);
    line = line.substr(0, line.find_last_not_of(" \t\r\v\f") + 1);
    text_.append(line);
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    text_.push_back('\n');
    begin = end + 1;
  }
  while (!ends_.empty() && token(static_cast<std::int32_t>(size() - 1)).empty()) {
    ends_.pop_back();
    text_.pop_back();
  }
}

std::string_view WordPiece::token(std::int32_t id) const {
  const auto index = static_cast<std::size_t>(id);
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1] + 1;
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

void WordPiece::Table::reserve(std::size_t tokens) {
  const std::size_t capacity = std::bit_ceil(2 * tokens + 2);
  slots.assign(capacity, Slot{});
  shift = 64 - std::countr_zero(capacity);
}

void WordPiece::insert(Table& table, std::int32_t id) {
  const std::string_view key = token(id).substr(table.key_begin);
  if (key.empty() || key.size() > kMaxWordBytes) return;  // no word can hold it
  table.longest = std::max(table.longest, key.size());
  const std::uint64_t hash = finish_hash(hash_of(key));
  const auto tag = static_cast<std::uint32_t>(hash);
  const std::size_t mask = table.slots.size() - 1;
  std::size_t slot = hash >> table.shift;
  while (table.slots[slot].id >= 0) {
    if (table.slots[slot].tag == tag && token(table.slots[slot].id).substr(table.key_begin) == key)
      break;
    slot = (slot + 1) & mask;
  }
  table.slots[slot] = {tag, id};
}

std::int32_t WordPiece::lookup(const Table& table, std::uint64_t hash, std::string_view key) const {
  hash = finish_hash(hash);
  const auto tag = static_cast<std::uint32_t>(hash);
  const std::size_t mask = table.slots.size() - 1;
  for (std::size_t slot = hash >> table.shift; table.slots[slot].id >= 0;
       slot = (slot + 1) & mask) {
    if (table.slots[slot].tag == tag &&
        token(table.slots[slot].id).substr(table.key_begin) == key) {
      return table.slots[slot].id;
    }
  }
  return -1;
}

std::int32_t WordPiece::find(std::string_view token) const {
  return lookup(words_, hash_of(token), token);
}

bool WordPiece::longest_piece(const Table& table, std::string_view rest, std::size_t begin,
                              Piece& piece) const {
  std::array<std::uint64_t, kMaxWordCharacters> hashes;
  std::array<std::uint16_t, kMaxWordCharacters> ends;
  std::size_t characters = 0;
  std::uint64_t hash = kHashSeed;
  const std::size_t limit = std::min(rest.size(), table.longest);
  for (std::size_t i = 0; i < limit;) {
    do hash = extend_hash(hash, rest[i++]);
    while (i < rest.size() && continues_character(rest[i]));
    hashes[characters] = hash;
    ends[characters++] = static_cast<std::uint16_t>(i);
  }
  while (characters-- > 0) {
    const std::int32_t id = lookup(table, hashes[characters], rest.substr(0, ends[characters]));
    if (id >= 0) {
      piece = {id, static_cast<std::uint16_t>(begin),
               static_cast<std::uint16_t>(begin + ends[characters])};
      return true;
    }
  }
  return false;
}

std::size_t WordPiece::split(std::string_view word,
                             std::span<Piece, kMaxWordCharacters> pieces) const {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < word.size(); ++count) {
    const Table& table = begin == 0 ? words_ : continuations_;
    if (!longest_piece(table, word.substr(begin), begin, pieces[count])) return 0;
    begin = pieces[count].end;
  }
  return count;
}

}  // namespace bitcpp
