#include "api/texts.h"

#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bitcpp {
namespace {

/// Places in a text are 32-bit numbers.
constexpr std::size_t kMostBytes = std::numeric_limits<std::uint32_t>::max();

[[noreturn]] void refuse(std::size_t place, const std::string& what) {
  throw Error("text " + std::to_string(place + 1) + ": " + what);
}

std::string_view view(const bitcpp_string& text, std::size_t place) {
  if (text.data == nullptr && text.size > 0)
    refuse(place, "a null pointer of " + std::to_string(text.size) + " bytes");
  if (text.size > kMostBytes)
    refuse(place, std::to_string(text.size) + " bytes, expected less than 4 GiB");
  return {text.data == nullptr ? "" : text.data, text.size};
}

std::span<const bitcpp_text> span_of(const bitcpp_text* texts, std::size_t count) {
  if (texts == nullptr && count > 0) throw Error("texts: expected more than a null pointer");
  return {texts, count};
}

}  // namespace

std::vector<TextInput> text_inputs(const bitcpp_text* texts, std::size_t count) {
  std::vector<TextInput> inputs;
  inputs.reserve(count);
  for (const bitcpp_text& text : span_of(texts, count)) {
    const std::size_t place = inputs.size();
    inputs.push_back({view(text.text, place), view(text.pair, place), text.pair.data != nullptr});
  }
  return inputs;
}

std::vector<TagInput> tag_inputs(const bitcpp_text* texts, std::size_t count) {
  std::vector<TagInput> inputs;
  inputs.reserve(count);
  for (const TextInput& input : text_inputs(texts, count)) {
    if (input.has_pair) refuse(inputs.size(), "a pair, expected one text to tag");
    inputs.push_back({input.text, {}});
  }
  return inputs;
}

std::vector<Question> questions(const bitcpp_text* texts, std::size_t count) {
  std::vector<Question> inputs;
  inputs.reserve(count);
  for (const TextInput& input : text_inputs(texts, count)) {
    if (!input.has_pair)
      refuse(inputs.size(), "one text, expected a question and its context as its pair");
    inputs.push_back({input.text, input.pair});
  }
  return inputs;
}

}  // namespace bitcpp
