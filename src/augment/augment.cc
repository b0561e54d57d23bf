#include "augment/augment.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

constexpr std::size_t kTextsAtOnce = 64;

/// SplitMix64 (Steele et al. 2014): small, and the same everywhere.
std::uint64_t draw(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  return text;
}

/// One side (text or pair) of some rows, with its words and their candidates.
struct Side {
  std::vector<std::string> texts;
  std::vector<Words> words;
  std::vector<std::vector<std::vector<std::int32_t>>> candidates;

  Side(std::vector<std::string> all, CandidateFinder& finder, const Tokenizer& tokenizer)
      : texts(std::move(all)) {
    for (const std::string& text : texts)
      words.push_back(words_of(text, tokenizer, finder.most_pieces()));
    candidates = finder.find(words);
  }
};

class Augmentation {
 public:
  Augmentation(const Dataset& data, CandidateFinder& finder, const Tokenizer& tokenizer,
               const AugmentOptions& options, std::ostream& out)
      : data_(data), finder_(finder), tokenizer_(tokenizer), options_(options), out_(out) {
    out_ << "text" << (data.has_pair ? "\tpair" : "") << (data.has_label ? "\tlabel" : "") << "\n";
  }

  /// Rows `begin` to `end`. Returns the number of lines written.
  std::size_t write(std::size_t begin, std::size_t end) {
    std::vector<std::string> texts, pairs;
    for (std::size_t i = begin; i < end; ++i) {
      texts.push_back(one_line(data_.examples[i].text));
      if (data_.has_pair) pairs.push_back(one_line(data_.examples[i].pair));
    }
    const Side first(std::move(texts), finder_, tokenizer_);
    const Side second(std::move(pairs), finder_, tokenizer_);
    std::size_t written = 0;
    for (std::size_t i = begin; i < end; ++i) written += write_row(i, i - begin, first, second);
    return written;
  }

 private:
  std::size_t write_row(std::size_t row, std::size_t at, const Side& first, const Side& second) {
    std::set<std::string> known;
    std::uint64_t state = options_.seed * 0x9e3779b97f4a7c15 + row;
    for (std::size_t copy = 0; copy <= options_.copies; ++copy) {
      const double probability = copy == 0 ? 0 : options_.probability;
      std::string line = side(first, at, probability, state);
      if (data_.has_pair) line += "\t" + side(second, at, probability, state);
      if (!known.insert(line).second) continue;
      out_ << line;
      if (data_.has_label) out_ << "\t" << one_line(data_.examples[row].label);
      out_ << "\n";
    }
    return known.size();
  }

  std::string side(const Side& side, std::size_t at, double probability, std::uint64_t& state) {
    return replace_words(side.texts[at], side.words[at], side.candidates[at], tokenizer_,
                         probability, state);
  }

  const Dataset& data_;
  CandidateFinder& finder_;
  const Tokenizer& tokenizer_;
  const AugmentOptions& options_;
  std::ostream& out_;
};

}  // namespace

std::string replace_words(const std::string& text, const Words& words,
                          const std::vector<std::vector<std::int32_t>>& candidates,
                          const Tokenizer& tokenizer, double probability, std::uint64_t& state) {
  std::string result;
  std::size_t copied = 0;
  for (std::size_t w = 0; w < words.replaceable.size(); ++w) {
    const Word& word = words.replaceable[w];
    // The upper 53 bits as a number from 0 to 1.
    const double chance = static_cast<double>(draw(state) >> 11) * 0x1p-53;
    if (chance >= probability || candidates[w].empty()) continue;
    result.append(text, copied, word.place.begin - copied);
    result += tokenizer.token(candidates[w][draw(state) % candidates[w].size()]);
    copied = word.place.end;
  }
  return result.append(text, copied);
}

AugmentSummary augment(const std::filesystem::path& model, const std::filesystem::path& in,
                       const std::filesystem::path& out, const ColumnMap& columns,
                       const AugmentOptions& options) {
  const Dataset data = read_dataset(in, columns);
  const Tokenizer tokenizer = Tokenizer::from_folder(model);
  MaskedLm masked_lm(model, torch::cuda::is_available() ? torch::kCUDA : torch::kCPU);
  CandidateFinder finder(masked_lm, tokenizer, options.candidates);
  AtomicFile file(out);
  Augmentation work(data, finder, tokenizer, options, file.stream());
  AugmentSummary summary{data.examples.size(), 0};
  ProgressLine progress("augment");
  for (std::size_t begin = 0; begin < summary.texts; begin += kTextsAtOnce) {
    const std::size_t end = std::min(summary.texts, begin + kTextsAtOnce);
    summary.written += work.write(begin, end);
    progress.update(static_cast<double>(end), static_cast<double>(summary.texts),
                    std::to_string(end) + " texts");
  }
  file.commit();
  progress.finish(std::to_string(summary.texts) + " texts became " +
                  std::to_string(summary.written));
  return summary;
}

}  // namespace bitcpp
