#include "distill/corpus.h"

#include <algorithm>
#include <random>
#include <set>
#include <string_view>

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr std::size_t kTextsPerHeldOut = 50, kMostHeldOut = 1000;

/// Tokens to keep of a text that was cut after some word's piece: up to the last word's beginning,
/// since the word may go on. The special token at either end counts. All, where one word fills it.
std::size_t whole_words(const Encoding& encoding, const Tokenizer& tokenizer) {
  std::size_t last = encoding.ids.size() - 2;
  while (last > 1 && tokenizer.token(encoding.ids[last]).starts_with("##")) --last;
  return last > 1 ? last : encoding.ids.size() - 1;
}

class CorpusReader {
 public:
  CorpusReader(const Tokenizer& tokenizer, std::int64_t max_length)
      : tokenizer_(tokenizer), length_(static_cast<std::size_t>(max_length)) {}

  void read(const std::filesystem::path& path, const ColumnMap& columns, TaskData& data) {
    const Dataset dataset = read_texts(path, columns);
    for (const Example& example : dataset.examples)
      dataset.has_pair ? add_pair(example, data) : add_pieces(example.text, data);
  }

 private:
  void add_pair(const Example& example, TaskData& data) {
    Encoding encoding = tokenizer_.encode(example.text, example.pair, length_);
    add(encoding, data);
  }

  void add_pieces(std::string_view text, TaskData& data) {
    for (bool more = true; more;) {
      Encoding encoding = tokenizer_.encode(text, length_);
      more = encoding.truncated;
      if (more) {
        const std::size_t keep = whole_words(encoding, tokenizer_);
        text.remove_prefix(encoding.offsets[keep - 1].end);
        encoding.ids[keep] = encoding.ids.back();
        encoding.ids.resize(keep + 1);
        encoding.type_ids.resize(keep + 1);
      }
      add(encoding, data);
    }
  }

  void add(Encoding& encoding, TaskData& data) {
    if (encoding.ids.size() <= 2 || !known_.insert(encoding.ids).second) return;
    data.texts.push_back({std::move(encoding.ids), std::move(encoding.type_ids)});
  }

  const Tokenizer& tokenizer_;
  std::size_t length_;
  std::set<std::vector<std::int32_t>> known_;
};

/// Moves a share of the training texts to those held out.
void hold_out(Corpus& corpus, std::uint64_t seed) {
  std::vector<EncodedText>& texts = corpus.train.texts;
  const std::size_t count = std::min(kMostHeldOut, texts.size() / kTextsPerHeldOut);
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(texts[random() % texts.size()], texts.back());
    corpus.held_out.texts.push_back(std::move(texts.back()));
    texts.pop_back();
  }
}

}  // namespace

Corpus read_corpus(const std::vector<std::filesystem::path>& files,
                   const std::filesystem::path& held_out, const ColumnMap& columns,
                   const Tokenizer& tokenizer, std::int64_t max_length, std::uint64_t seed) {
  Corpus corpus;
  CorpusReader reader(tokenizer, max_length);
  if (!held_out.empty()) reader.read(held_out, columns, corpus.held_out);
  for (const std::filesystem::path& path : files) reader.read(path, columns, corpus.train);
  if (held_out.empty()) hold_out(corpus, seed);
  if (corpus.train.texts.empty() || corpus.held_out.texts.empty())
    throw Error(files.front().string() + ": expected at least " + std::to_string(kTextsPerHeldOut) +
                " different texts, or some and --dev with others to measure on");
  return corpus;
}

}  // namespace bitcpp
