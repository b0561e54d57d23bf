// Any bytes as a task file: an Error of one line, or examples that keep what dataset.h promises.
// The first byte chooses the format, and whether columns are asked for by number or name.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "check.h"
#include "data/dataset.h"
#include "data/gzip.h"
#include "data/parse.h"

namespace bitcpp {
namespace {

/// Words lie in their text one behind the other, answers at their place in the context.
void check_pieces(const Dataset& data, const Example& example) {
  FUZZ_CHECK((data.kind == DataKind::kTagged) != example.words.empty());
  std::size_t end = 0;
  for (const TaggedWord& word : example.words) {
    FUZZ_CHECK(word.begin >= end && word.begin < word.end && word.end <= example.text.size());
    FUZZ_CHECK(!word.tag.empty() && word.line >= example.line);
    end = word.end + 1;
  }
  if (data.kind == DataKind::kQuestions) FUZZ_CHECK(data.has_label != example.answers.empty());
  for (const Answer& answer : example.answers)
    FUZZ_CHECK(example.pair.compare(answer.begin, answer.text.size(), answer.text) == 0);
}

void check(const Dataset& data) {
  FUZZ_CHECK(!data.examples.empty());
  std::size_t line = 0;
  for (const Example& example : data.examples) {
    FUZZ_CHECK(example.line > 0 && example.line >= line);
    line = example.line;
    FUZZ_CHECK(data.has_pair || example.pair.empty());
    FUZZ_CHECK((data.has_label && data.kind == DataKind::kTexts) != example.label.empty());
    check_pieces(data, example);
  }
  if (!data.has_label || data.kind != DataKind::kTexts) return;
  const LabelMap labels = LabelMap::from(data);
  for (const Example& example : data.examples) {
    const auto index = static_cast<std::size_t>(labels.index(data, example));
    FUZZ_CHECK(labels.names().at(index) == example.label);
  }
  if (guess_task(data) == TaskKind::kRegression)
    for (const Example& example : data.examples) numeric_label(data, example);
}

ColumnMap columns_of(unsigned choice) {
  if (choice == 1) return parse_columns("text=2,label=1");
  if (choice == 2) return parse_columns("text=text,pair=a,label=b");
  return {};
}

}  // namespace
}  // namespace bitcpp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bitcpp;
  if (size == 0) return 0;
  constexpr unsigned kFormats = 5;
  const auto format = static_cast<DataFormat>(data[0] % kFormats);
  const unsigned rest = data[0] / kFormats;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (rest % 8 == 7) bytes = gunzip("fuzz.gz", bytes, 1 << 16);
    check(parse_dataset("fuzz", bytes, format, columns_of(rest % 4)));
  } catch (const Error& error) {
    const std::string_view message = error.what();
    FUZZ_CHECK(!message.empty() && message.find('\n') == std::string_view::npos);
  }
  return 0;
}
