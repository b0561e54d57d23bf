// BERT's tokenizer: basic normalization, then WordPiece, with byte offsets into the text.
//
// Ids and offsets equal those of Hugging Face's `tokenizers` (BertNormalizer, BertPreTokenizer,
// WordPiece). One thing is decided for safety: "[SEP]" or "[MASK]" written in a text is plain text
// and never becomes the control token, as with `tokenizer.encode_special_tokens = True` there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

struct TokenizerOptions {
  bool lowercase = true;
  bool strip_accents = true;       // NFD, then drop nonspacing marks
  bool chinese_characters = true;  // spaces around CJK ideographs
};

/// Half-open range of bytes of the input text.
struct Offset {
  std::uint32_t begin = 0, end = 0;
};

/// Ids of one input with its special tokens: [CLS] text [SEP], or [CLS] text [SEP] pair [SEP].
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<std::uint8_t> type_ids;  // 0 for the first text and its [SEP], 1 for the second
  std::vector<Offset> offsets;         // into the text a token came from; {0,0} for special tokens
  bool truncated = false;
};

class Tokenizer {
 public:
  /// `vocabulary`: one token a line. Throws Error when it lacks [UNK], [CLS], [SEP] or [PAD].
  Tokenizer(std::string_view vocabulary, const TokenizerOptions& options);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// From a Hugging Face folder: tokenizer.json, else vocab.txt with tokenizer_config.json
  /// (do_lower_case ...) where there is one. Throws Error naming the file and what was expected.
  static Tokenizer from_folder(const std::filesystem::path& folder);

  /// Appends ids (and, unless null, offsets) of `text`, without special tokens. Invalid UTF-8 is
  /// read as U+FFFD per maximal ill-formed subsequence (Unicode 3.9). Thread-safe.
  void tokenize(std::string_view text, std::vector<std::int32_t>& ids,
                std::vector<Offset>* offsets = nullptr) const;

  /// With special tokens, cut to `max_length` in all (a pair loses tokens from the end of its
  /// longer part, as Hugging Face's longest_first does). `pair` empty with has_pair false is a
  /// single text.
  Encoding encode(std::string_view text, std::size_t max_length) const;
  Encoding encode(std::string_view text, std::string_view pair, std::size_t max_length) const;

  const TokenizerOptions& options() const;
  std::size_t vocabulary_size() const;
  /// The vocabulary as one token a line, as it goes into a packed file.
  std::string vocabulary_text() const;
  std::string_view token(std::int32_t id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bitcpp
