// Any bytes as a vocabulary and a text. The first byte chooses the options; what follows up to a
// zero byte joins the vocabulary, and the rest is the text.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "check.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

constexpr std::string_view kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##a\n##b\nab\n##ab\n.\n##\n\u00e9\n##\u0301\n\u4e2d\n##"
    "\u302e\n\u1100\n";

// A removed character before every ASCII letter: the same tokens, but never by the fast path.
std::string without_fast_path(std::string_view text) {
  std::string spread;
  for (const char byte : text) {
    if (std::isalnum(static_cast<unsigned char>(byte)) != 0) spread += '\x01';
    spread += byte;
  }
  return spread;
}

void check(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int32_t> ids, slow_ids;
  std::vector<Offset> offsets;
  tokenizer.tokenize(text, ids, &offsets);
  FUZZ_CHECK(ids.size() == offsets.size() && ids.size() <= text.size());
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    FUZZ_CHECK(ids[i] >= 0 && static_cast<std::size_t>(ids[i]) < tokenizer.vocabulary_size());
    FUZZ_CHECK(begin <= offsets[i].begin && offsets[i].begin < offsets[i].end &&
               offsets[i].end <= text.size());
    begin = offsets[i].begin;
  }
  tokenizer.tokenize(without_fast_path(text), slow_ids);
  FUZZ_CHECK(ids == slow_ids);

  const std::size_t half = text.size() / 2, max_length = 3 + half % 7;
  const Encoding encoding = tokenizer.encode(text.substr(0, half), text.substr(half), max_length);
  FUZZ_CHECK(encoding.ids.size() <= max_length && encoding.ids.size() == encoding.offsets.size() &&
             encoding.ids.size() == encoding.type_ids.size());
}

}  // namespace
}  // namespace bitcpp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bitcpp;
  if (size == 0) return 0;
  const TokenizerOptions options{(data[0] & 1) != 0, (data[0] & 2) != 0, (data[0] & 4) != 0};
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  // With bit 3 the vocabulary is the fuzzer's alone, and may lack what it needs.
  const std::string known((data[0] & 8) != 0 ? "" : kVocabulary);
  try {
    const Tokenizer tokenizer(known + std::string(rest.substr(0, end)), options);
    FUZZ_CHECK(Tokenizer(tokenizer.vocabulary_text(), options).vocabulary_text() ==
               tokenizer.vocabulary_text());
    check(tokenizer, rest.substr(std::min(end + 1, rest.size())));
  } catch (const Error& error) {
    const std::string_view message = error.what();
    FUZZ_CHECK(!message.empty() && message.find('\n') == std::string_view::npos);
  }
  return 0;
}
