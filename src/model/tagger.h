// Texts in, a tag for every word and the entities they make out.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/sequence_runner.h"

namespace bitcpp {

/// A text and, where its words are known, their ranges of bytes (ascending, not overlapping);
/// without them it is cut by split_words (decode/words.h).
struct TagInput {
  std::string_view text;
  std::span<const Offset> words;
};

struct WordTag {
  Offset range;     // bytes of the text
  int label = 0;    // index of the greatest logit of the word's first token
  float score = 0;  // its probability; 0 for a word without a token (cut off, say), tagged "O"
};

/// Bytes [begin, end) of the text.
struct TextEntity {
  std::string label;  // the tags' part behind the first "-"
  std::uint32_t begin = 0, end = 0;
  float score = 0;  // mean of its words' scores
};

struct TaggedText {
  std::vector<WordTag> words;
  std::vector<TextEntity> entities;  // empty where the labels mark none (decode/entities.h)
  bool truncated = false;
};

/// Tags of a text's words from the logits of its tokens.
class TagReader {
 public:
  /// `labels` has to outlive the reader.
  explicit TagReader(const std::vector<std::string>& labels);

  const std::vector<std::string>& labels() const { return labels_; }
  /// Whether the labels mark entities (B-PER, ...).
  bool marks_entities() const { return entities_; }
  /// `logits`: (tokens of `encoding`, labels). Without words the text is cut by split_words.
  TaggedText read(const TagInput& input, const Encoding& encoding,
                  std::span<const float> logits) const;

 private:
  WordTag word_tag(const Offset& range, int token, std::span<const float> logits) const;

  const std::vector<std::string>& labels_;
  bool entities_;
  int outside_;  // what a word without a token is tagged
};

/// Thread-safe, as every function here is const.
class Tagger {
 public:
  /// Throws Error as Encoder::open does, for options that make no sense, and for a model of another
  /// task.
  static Tagger open(const std::filesystem::path& path, const PredictorOptions& options = {});
  static Tagger from(Encoder encoder, const PredictorOptions& options = {});
  Tagger(Tagger&&) noexcept;
  Tagger& operator=(Tagger&&) noexcept;
  ~Tagger();

  const SequenceRunner& runner() const;
  const std::vector<std::string>& labels() const;
  /// Whether the labels mark entities (B-PER, ...).
  bool marks_entities() const;

  /// In order; the same results for every number of threads. Throws Error for a text that is too
  /// long under LongText::kRefuse, naming its place from 1.
  std::vector<TaggedText> tag(std::span<const TagInput> inputs) const;

 private:
  struct State;
  explicit Tagger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bitcpp
