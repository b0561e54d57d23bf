// Texts in, a list for each out: words, answers, tokens.
#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "api/guard.h"
#include "api/open_model.h"
#include "api/texts.h"

using bitcpp::Error;
using bitcpp::guarded;
using bitcpp::require;
using bitcpp::WrongTask;

namespace {

const std::size_t kMostAnswers = bitcpp::SpanOptions().best;

bitcpp_range range_of(const bitcpp::Offset& offset) { return {offset.begin, offset.end}; }

/// The library's own lists in the interface's words; `entry` points into the other members, which
/// stay where they are when a Tagged is moved.
struct Tagged {
  explicit Tagged(bitcpp::TaggedText text) : source(std::move(text.entities)) {
    for (const bitcpp::WordTag& word : text.words)
      words.push_back({range_of(word.range), word.label, word.score});
    for (const bitcpp::TextEntity& entity : source)
      entities.push_back({{entity.begin, entity.end}, entity.label.c_str(), entity.score});
    entry = {words.data(), words.size(), entities.data(), entities.size(), text.truncated};
  }

  std::vector<bitcpp::TextEntity> source;  // of the labels
  std::vector<bitcpp_word> words;
  std::vector<bitcpp_entity> entities;
  bitcpp_tagged entry;
};

struct AnswerList {
  AnswerList(const bitcpp::Answers& answers, std::size_t top) {
    for (std::size_t i = 0; i < std::min(top, answers.best.size()); ++i) {
      const bitcpp::AnswerSpan& span = answers.best[i];
      spans.push_back({{span.begin, span.end}, span.logit, span.probability});
    }
    entry = {spans.data(), spans.size(), answers.truncated};
  }

  std::vector<bitcpp_span> spans;
  bitcpp_answers entry;
};

struct TokenList {
  explicit TokenList(bitcpp::Encoding from) : encoding(std::move(from)) {
    for (const bitcpp::Offset& offset : encoding.offsets) offsets.push_back(range_of(offset));
    entry = {encoding.ids.data(), offsets.data(), encoding.type_ids.data(), encoding.ids.size(),
             encoding.truncated};
  }

  bitcpp::Encoding encoding;
  std::vector<bitcpp_range> offsets;
  bitcpp_tokens entry;
};

}  // namespace

struct bitcpp_result {
  std::variant<std::vector<Tagged>, std::vector<AnswerList>, std::vector<TokenList>> lists;
};

namespace {

/// The list at `index`; null where there is none of this kind.
template <class List>
auto entry_of(const bitcpp_result* result, std::size_t index) -> const decltype(List::entry)* {
  if (result == nullptr) return nullptr;
  const auto* lists = std::get_if<std::vector<List>>(&result->lists);
  return lists != nullptr && index < lists->size() ? &(*lists)[index].entry : nullptr;
}

/// As guarded; make() gives the lists.
template <class Make>
bitcpp_status hand_over(const bitcpp_model* model, bitcpp_result** result, const Make& make) {
  if (result != nullptr) *result = nullptr;
  return guarded([&] {
    require(model, "model");
    require(result, "result");
    *result = std::make_unique<bitcpp_result>(bitcpp_result{make()}).release();
  });
}

[[noreturn]] void wrong_task(const bitcpp_model* model, const char* expected) {
  throw WrongTask("a model for " + std::string(model->info.task_name) + ", expected one for " +
                  expected);
}

}  // namespace

extern "C" {

bitcpp_status bitcpp_tag(const bitcpp_model* model, const bitcpp_text* texts, size_t count,
                         bitcpp_result** result) {
  return hand_over(model, result, [&] {
    if (model->tagger() == nullptr) wrong_task(model, "tagging");
    std::vector<Tagged> lists;
    for (bitcpp::TaggedText& text : model->tagger()->tag(bitcpp::tag_inputs(texts, count)))
      lists.emplace_back(std::move(text));
    return lists;
  });
}

bitcpp_status bitcpp_answer(const bitcpp_model* model, const bitcpp_text* questions, size_t count,
                            size_t top, bitcpp_result** result) {
  return hand_over(model, result, [&] {
    if (model->answerer() == nullptr) wrong_task(model, "question-answering");
    if (top < 1 || top > kMostAnswers) {
      throw Error(std::to_string(top) + " answers wanted, expected 1 to " +
                  std::to_string(kMostAnswers));
    }
    std::vector<AnswerList> lists;
    const auto answers = model->answerer()->answer(bitcpp::questions(questions, count));
    for (const bitcpp::Answers& one : answers) lists.emplace_back(one, top);
    return lists;
  });
}

bitcpp_status bitcpp_tokenize(const bitcpp_model* model, const bitcpp_text* texts, size_t count,
                              bitcpp_result** result) {
  return hand_over(model, result, [&] {
    std::vector<TokenList> lists;
    for (bitcpp::Encoding& encoding : model->runner().encode(bitcpp::text_inputs(texts, count)))
      lists.emplace_back(std::move(encoding));
    return lists;
  });
}

const bitcpp_tagged* bitcpp_result_tagged(const bitcpp_result* result, size_t index) {
  return entry_of<Tagged>(result, index);
}

const bitcpp_answers* bitcpp_result_answers(const bitcpp_result* result, size_t index) {
  return entry_of<AnswerList>(result, index);
}

const bitcpp_tokens* bitcpp_result_tokens(const bitcpp_result* result, size_t index) {
  return entry_of<TokenList>(result, index);
}

void bitcpp_result_free(bitcpp_result* result) { delete result; }

}  // extern "C"
