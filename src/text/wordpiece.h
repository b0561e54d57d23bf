// WordPiece: a word into the longest vocabulary entries, from its left to its right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// Words of more characters are unknown as a whole.
inline constexpr std::size_t kMaxWordCharacters = 100;
inline constexpr std::size_t kMaxWordBytes = 4 * kMaxWordCharacters;

/// Id and byte range within the word.
struct Piece {
  std::int32_t id;
  std::uint16_t begin, end;
};

/// Vocabulary of WordPiece with its two hash tables (beginnings of words, continuations "##...").
class WordPiece {
 public:
  /// `vocabulary`: one token a line; blank lines at the end do not count; a token given twice has
  /// its last id. Throws Error when it is empty, too large or lacks [UNK].
  explicit WordPiece(std::string_view vocabulary);

  /// Splits `word` (valid UTF-8, 1 to kMaxWordCharacters characters). Returns the number of pieces,
  /// 0 when some part of the word is in no entry.
  std::size_t split(std::string_view word, std::span<Piece, kMaxWordCharacters> pieces) const;

  /// Id of a token that does not continue a word; -1 when there is none.
  std::int32_t find(std::string_view token) const;

  std::int32_t unknown() const { return unknown_; }
  std::size_t size() const { return ends_.size(); }
  /// Token with its "##"; `id` must be below size().
  std::string_view token(std::int32_t id) const;
  /// Every token, each followed by a newline.
  const std::string& text() const { return text_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::int32_t id = -1;
  };
  // Open addressing, linear probing; the key of a continuation leaves its "##" out.
  struct Table {
    std::vector<Slot> slots;
    int shift = 63;
    std::size_t longest = 0;  // bytes
    std::size_t key_begin = 0;

    void reserve(std::size_t tokens);
  };

  void read_lines(std::string_view vocabulary);
  void insert(Table& table, std::int32_t id);
  std::int32_t lookup(const Table& table, std::uint64_t hash, std::string_view key) const;
  bool longest_piece(const Table& table, std::string_view rest, std::size_t begin,
                     Piece& piece) const;

  std::string text_;
  std::vector<std::uint32_t> ends_;  // of each token in text_, its newline left out
  Table words_, continuations_;
  std::int32_t unknown_ = -1;
};

}  // namespace bitcpp
