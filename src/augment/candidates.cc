#include "augment/candidates.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// The network's weights are rounded to bfloat16 once a batch, which takes as long as 20 questions.
constexpr std::size_t kBatch = 128;

}  // namespace

/// One word of one text, asked of the model.
struct CandidateFinder::Question {
  const Words* words;
  std::size_t text, word;
};

CandidateFinder::CandidateFinder(MaskedLm& model, const Tokenizer& tokenizer, std::size_t count)
    : model_(model), tokenizer_(tokenizer), count_(count) {
  const NetworkConfig& config = model.network().config();
  const auto words = static_cast<std::int64_t>(tokenizer.vocabulary_size());
  if (words > config.vocab_size)
    throw Error("the vocabulary has " + std::to_string(words) + " tokens, config.json says " +
                std::to_string(config.vocab_size));
  not_words_ = torch::ones({config.vocab_size}, torch::kBool);
  for (std::int32_t id = 0; id < words; ++id) {
    const std::string_view token = tokenizer.token(id);
    if (is_whole_word(token)) not_words_[id] = false;
    if (token == "[CLS]") cls_ = id;
    if (token == "[SEP]") sep_ = id;
    if (token == "[MASK]") mask_ = id;
  }
  if (cls_ < 0 || sep_ < 0 || mask_ < 0) throw Error("the vocabulary lacks [CLS], [SEP] or [MASK]");
  const torch::Tensor embedding = model.network().word_embedding().detach().cpu();
  directions_ = embedding / embedding.norm(2, 1, true).clamp_min(1e-12);
}

std::size_t CandidateFinder::most_pieces() const {
  return static_cast<std::size_t>(model_.network().config().max_position_embeddings) - 2;
}

EncodedText CandidateFinder::masked(const Words& words, const Word& word) const {
  EncodedText text{{cls_}, {}};
  text.ids.insert(text.ids.end(), words.ids.begin(), words.ids.end());
  text.ids[1 + word.first] = mask_;
  text.ids.push_back(sep_);
  text.type_ids.assign(text.ids.size(), 0);
  const NetworkConfig& config = model_.network().config();
  if (2 * words.ids.size() + 3 <= static_cast<std::size_t>(config.max_position_embeddings) &&
      config.type_vocab_size > 1) {
    text.ids.insert(text.ids.end(), words.ids.begin(), words.ids.end());
    text.ids.push_back(sep_);
    text.type_ids.resize(text.ids.size(), 1);
  }
  return text;
}

std::vector<std::int32_t> CandidateFinder::best_words(const Tensor& scores,
                                                      std::int32_t except) const {
  Tensor allowed = scores.masked_fill(not_words_, -std::numeric_limits<float>::infinity());
  if (except >= 0) allowed[except] = -std::numeric_limits<float>::infinity();
  const auto [best, ids] =
      allowed.topk(std::min(static_cast<std::int64_t>(count_), allowed.size(0)));
  std::vector<std::int32_t> result;
  for (std::int64_t i = 0; i < ids.size(0); ++i)
    if (best[i].item<float>() > -std::numeric_limits<float>::infinity())
      result.push_back(ids[i].item<std::int32_t>());
  return result;
}

const std::vector<std::int32_t>& CandidateFinder::neighbours(const Words& words, const Word& word) {
  const auto begin = words.ids.begin() + static_cast<std::ptrdiff_t>(word.first);
  const std::vector<std::int32_t> pieces(begin, begin + static_cast<std::ptrdiff_t>(word.pieces));
  const auto [entry, fresh] = neighbours_.try_emplace(pieces);
  if (fresh) {
    const Tensor table = model_.network().word_embedding().detach().cpu();
    const Tensor mean = table.index_select(0, torch::tensor(pieces, torch::kInt64)).mean(0);
    entry->second = best_words(directions_.mv(mean), -1);
  }
  return entry->second;
}

void CandidateFinder::answer(const std::vector<Question>& questions,
                             std::vector<std::vector<std::vector<std::int32_t>>>& answers) {
  const torch::Device device = model_.network().device();
  for (std::size_t begin = 0; begin < questions.size(); begin += kBatch) {
    const std::size_t end = std::min(questions.size(), begin + kBatch);
    std::vector<EncodedText> texts;
    std::vector<std::int64_t> places;
    for (std::size_t i = begin; i < end; ++i) {
      const Question& question = questions[i];
      texts.push_back(masked(*question.words, question.words->replaceable[question.word]));
    }
    std::vector<const EncodedText*> pointers;
    for (const EncodedText& text : texts) pointers.push_back(&text);
    Batch batch = make_batch(pointers, device);
    if (!device.is_cpu()) add_padded_view(batch, device);
    for (std::size_t i = begin; i < end; ++i) {
      const Question& question = questions[i];
      const Word& word = question.words->replaceable[question.word];
      places.push_back(batch.offsets[i - begin] + 1 + static_cast<std::int64_t>(word.first));
    }
    const Tensor tokens = torch::tensor(places, torch::kInt64).to(device);
    ForwardOptions options;
    options.bf16 = true;
    const Tensor logits = model_.logits(batch, tokens, options).cpu();
    for (std::size_t i = begin; i < end; ++i) {
      const Question& question = questions[i];
      const Word& word = question.words->replaceable[question.word];
      answers[question.text][question.word] =
          best_words(logits[static_cast<std::int64_t>(i - begin)], question.words->ids[word.first]);
    }
  }
}

std::vector<std::vector<std::vector<std::int32_t>>> CandidateFinder::find(
    const std::vector<Words>& texts) {
  std::vector<std::vector<std::vector<std::int32_t>>> answers(texts.size());
  std::vector<Question> questions;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const std::vector<Word>& words = texts[t].replaceable;
    answers[t].resize(words.size());
    for (std::size_t w = 0; w < words.size(); ++w) {
      if (words[w].pieces == 1)
        questions.push_back({&texts[t], t, w});
      else
        answers[t][w] = neighbours(texts[t], words[w]);
    }
  }
  // Like lengths together: a batch on a GPU pads.
  std::stable_sort(questions.begin(), questions.end(), [](const Question& a, const Question& b) {
    return a.words->ids.size() < b.words->ids.size();
  });
  answer(questions, answers);
  return answers;
}

}  // namespace bitcpp
