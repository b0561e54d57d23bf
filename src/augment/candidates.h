// Words that could stand in another's place: BERT's guesses for a mask, and neighbours in its word
// embedding.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "augment/words.h"
#include "train/masked_lm.h"

namespace bitcpp {

class CandidateFinder {
 public:
  /// `count`: candidates of a word. `model` and `tokenizer` must outlive this. Throws Error when
  /// the vocabulary lacks [CLS], [SEP] or [MASK] or does not fit the model.
  CandidateFinder(MaskedLm& model, const Tokenizer& tokenizer, std::size_t count);

  /// For each text, for each of its replaceable words, the candidates, best first: whole words
  /// other than the word itself. A word of one piece is masked in its text, with the text as it is
  /// behind it as a second sequence, which keeps guesses near its meaning (TinyBERT, Jiao et al.
  /// 2020, appendix A; where both do not fit the model's positions, the masked text stands alone).
  /// A word of several pieces takes the words whose embeddings have the largest cosine with the
  /// mean of its pieces'.
  std::vector<std::vector<std::vector<std::int32_t>>> find(const std::vector<Words>& texts);

  /// Word pieces of a text that one can ask about at once.
  std::size_t most_pieces() const;

 private:
  struct Question;
  EncodedText masked(const Words& words, const Word& word) const;
  void answer(const std::vector<Question>& questions,
              std::vector<std::vector<std::vector<std::int32_t>>>& answers);
  std::vector<std::int32_t> best_words(const torch::Tensor& scores, std::int32_t except) const;
  const std::vector<std::int32_t>& neighbours(const Words& words, const Word& word);

  MaskedLm& model_;
  const Tokenizer& tokenizer_;
  std::size_t count_;
  std::int32_t cls_ = -1, sep_ = -1, mask_ = -1;
  torch::Tensor not_words_;   // (words) bool: what is no candidate
  torch::Tensor directions_;  // (words, hidden) embedding rows of length 1
  std::map<std::vector<std::int32_t>, std::vector<std::int32_t>> neighbours_;  // by pieces
};

}  // namespace bitcpp
