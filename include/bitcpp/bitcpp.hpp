/**
 * @file bitcpp.hpp
 * bit.cpp for C++17 and later: a thin layer over bitcpp.h, all in this header.
 *
 * @code{.cpp}
 * const bitcpp::Model model("model.safetensors");
 * std::cout << model.classify("play some jazz").label << "\n";
 * @endcode
 */
#ifndef BITCPP_BITCPP_HPP
#define BITCPP_BITCPP_HPP

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bitcpp/bitcpp.h"

namespace bitcpp {
inline namespace v1 {

/** What a status other than BITCPP_OK becomes; what() is bitcpp_last_error(). */
class Error : public std::runtime_error {
 public:
  /** Of the calling thread's last call that failed. */
  explicit Error(bitcpp_status status) : std::runtime_error(bitcpp_last_error()), status_(status) {}
  /** What kind of error it is. */
  bitcpp_status status() const { return status_; }

 private:
  bitcpp_status status_;
};

/** @cond internal */
namespace detail {
inline void check(bitcpp_status status) {
  if (status != BITCPP_OK) throw Error(status);
}
}  // namespace detail
/** @endcond */

/** A text or a pair of texts. The characters have to live as long as the call. */
struct Text : bitcpp_text {
  /** A single text. */
  template <class S, class = std::enable_if_t<std::is_convertible_v<const S&, std::string_view>>>
  Text(const S& single) : Text(std::string_view(single)) {}
  /** A single text. */
  Text(std::string_view single) : bitcpp_text{{single.data(), single.size()}, {nullptr, 0}} {}
  /** A pair. */
  Text(std::string_view first, std::string_view second)
      : bitcpp_text{{first.data(), first.size()},
                    {second.data() == nullptr ? "" : second.data(), second.size()}} {}
};

static_assert(sizeof(Text) == sizeof(bitcpp_text), "arrays of one are arrays of the other");

/** How a model is to be run. */
struct Options : bitcpp_options {
  Options() { bitcpp_options_init(this); }
  /** Threads that share the work of one call. */
  Options& with_threads(int count) { return threads = count, *this; }
  /** Tokens of a text, [CLS] and [SEP] included. */
  Options& with_max_length(std::size_t tokens) { return max_length = tokens, *this; }
  /** Texts of too many tokens are errors instead of being cut. */
  Options& refusing_long_texts() { return refuse_long = 1, *this; }
};

/** What a classifier says of a text. */
struct Classification {
  std::string label;          ///< of the greatest score
  float score = 0;            ///< its probability
  std::vector<float> scores;  ///< of every label, in the order of Model::labels()
  bool truncated = false;     ///< the text was cut
};

/** A word and its tag. */
struct Word {
  std::string tag;        ///< name of the label
  std::size_t begin = 0;  ///< first byte
  std::size_t end = 0;    ///< the byte behind the last
  float score = 0;        ///< probability of the tag
};

/** Words that belong together. */
struct Entity {
  std::string label;      ///< such as PER
  std::size_t begin = 0;  ///< first byte
  std::size_t end = 0;    ///< the byte behind the last
  float score = 0;        ///< mean of the words' scores
};

/** A tagged text. */
struct Tagged {
  std::vector<Word> words;       ///< all of them, in order
  std::vector<Entity> entities;  ///< none where the labels mark none
  bool truncated = false;        ///< the text was cut
};

/** A piece of a context that answers a question. */
struct Answer {
  std::string text;       ///< the piece
  std::size_t begin = 0;  ///< first byte
  std::size_t end = 0;    ///< the byte behind the last
  double score = 0;       ///< its probability among the 20 best
};

/** A token of a text. */
struct Token {
  int id = 0;             ///< in the vocabulary
  std::size_t begin = 0;  ///< first byte, 0 for [CLS] and [SEP]
  std::size_t end = 0;    ///< the byte behind the last
};

/**
 * An open model. Immutable: any number of threads may use one at the same time. Functions throw
 * Error; those that take several texts answer in their order.
 */
class Model {
 public:
  /** Opens a packed model. */
  explicit Model(const std::string& path, const Options& options = {}) {
    bitcpp_model* model = nullptr;
    detail::check(bitcpp_open(path.c_str(), &options, &model));
    model_.reset(model);
  }

  /** For the functions of bitcpp.h. */
  const bitcpp_model* get() const { return model_.get(); }
  /** What the model is. */
  const bitcpp_model_info& info() const { return *bitcpp_info(get()); }
  /** Name of a label. */
  std::string_view label(std::size_t index) const { return info().labels[index]; }
  /** Names of all labels. */
  std::vector<std::string> labels() const {
    return {info().labels, info().labels + info().label_count};
  }

  /** Classification: the label of a text. */
  Classification classify(const Text& text) const {
    return std::move(classify(std::vector<Text>{text}).front());
  }
  /** Classification: the labels of texts. */
  std::vector<Classification> classify(const std::vector<Text>& texts) const {
    const std::size_t labels = info().label_count;
    std::vector<float> scores(texts.size() * labels);
    std::vector<std::uint8_t> cut(texts.size());
    detail::check(bitcpp_classify(get(), texts.data(), texts.size(), scores.data(), cut.data()));
    std::vector<Classification> results;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto from = scores.begin() + static_cast<std::ptrdiff_t>(i * labels);
      Classification one{{}, 0, {from, from + static_cast<std::ptrdiff_t>(labels)}, cut[i] != 0};
      const auto best = std::max_element(one.scores.begin(), one.scores.end());
      one.label = label(static_cast<std::size_t>(best - one.scores.begin()));
      one.score = *best;
      results.push_back(std::move(one));
    }
    return results;
  }

  /** Regression: the value of a text. */
  float regress(const Text& text) const {
    float value = 0;
    detail::check(bitcpp_regress(get(), &text, 1, &value, nullptr));
    return value;
  }
  /** Regression: the values of texts. */
  std::vector<float> regress(const std::vector<Text>& texts) const {
    std::vector<float> values(texts.size());
    detail::check(bitcpp_regress(get(), texts.data(), texts.size(), values.data(), nullptr));
    return values;
  }

  /** Any task: a vector of bitcpp_model_info::hidden_size numbers. */
  std::vector<float> embed(const Text& text, bitcpp_pooling pooling = BITCPP_POOL_MEAN,
                           bool normalize = false) const {
    return embed(std::vector<Text>{text}, pooling, normalize);
  }
  /** Any task: vectors one after the other, (texts, hidden_size). */
  std::vector<float> embed(const std::vector<Text>& texts,
                           bitcpp_pooling pooling = BITCPP_POOL_MEAN,
                           bool normalize = false) const {
    std::vector<float> values(texts.size() * info().hidden_size);
    detail::check(bitcpp_embed(get(), texts.data(), texts.size(), pooling, normalize, values.data(),
                               nullptr));
    return values;
  }

  /** Tagging: words and entities of a text. */
  Tagged tag(const Text& text) const { return std::move(tag(std::vector<Text>{text}).front()); }
  /** Tagging: words and entities of texts. */
  std::vector<Tagged> tag(const std::vector<Text>& texts) const {
    const Result result(
        [&](bitcpp_result** r) { return bitcpp_tag(get(), texts.data(), texts.size(), r); });
    std::vector<Tagged> results(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bitcpp_tagged& from = *bitcpp_result_tagged(result.get(), i);
      for (std::size_t w = 0; w < from.word_count; ++w) {
        const bitcpp_word& word = from.words[w];
        results[i].words.push_back({std::string(label(static_cast<std::size_t>(word.label))),
                                    word.range.begin, word.range.end, word.score});
      }
      for (std::size_t e = 0; e < from.entity_count; ++e) {
        const bitcpp_entity& entity = from.entities[e];
        results[i].entities.push_back(
            {entity.label, entity.range.begin, entity.range.end, entity.score});
      }
      results[i].truncated = from.truncated != 0;
    }
    return results;
  }

  /** Question answering: the `top` best answers, best first. */
  std::vector<Answer> answer(std::string_view question, std::string_view context,
                             std::size_t top = 1) const {
    const Text pair(question, context);
    const Result result([&](bitcpp_result** r) { return bitcpp_answer(get(), &pair, 1, top, r); });
    const bitcpp_answers& from = *bitcpp_result_answers(result.get(), 0);
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < from.count; ++i) {
      const bitcpp_span& span = from.best[i];
      const auto [begin, end] = span.range;
      answers.push_back({std::string(context.substr(begin, end - begin)), begin, end, span.score});
    }
    return answers;
  }

  /** Any task: the tokens of a text, [CLS] first. */
  std::vector<Token> tokenize(const Text& text) const {
    const Result result([&](bitcpp_result** r) { return bitcpp_tokenize(get(), &text, 1, r); });
    const bitcpp_tokens& from = *bitcpp_result_tokens(result.get(), 0);
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < from.count; ++i)
      tokens.push_back({from.ids[i], from.offsets[i].begin, from.offsets[i].end});
    return tokens;
  }
  /** How the vocabulary spells a token. */
  std::string_view token(int id) const {
    const bitcpp_string text = bitcpp_token(get(), id);
    return {text.data, text.size};
  }

 private:
  struct Close {
    void operator()(bitcpp_model* model) const { bitcpp_close(model); }
  };
  /** A bitcpp_result that frees itself. */
  class Result {
   public:
    template <class Call>
    explicit Result(const Call& call) {
      detail::check(call(&result_));
    }
    Result(const Result&) = delete;
    Result& operator=(const Result&) = delete;
    ~Result() { bitcpp_result_free(result_); }
    const bitcpp_result* get() const { return result_; }

   private:
    bitcpp_result* result_ = nullptr;
  };

  std::unique_ptr<bitcpp_model, Close> model_;
};

}  // namespace v1
}  // namespace bitcpp

#endif
