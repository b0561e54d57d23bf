// The same bits everywhere: logits of real texts against a checksum that every build has to meet
// (docs/format.md). scripts/same_bits.sh runs this for compilers, optimization levels and
// other machines.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/file.h"
#include "kernels/cpu.h"
#include "model/predictor.h"

namespace bitcpp {
namespace {

constexpr std::size_t kTexts = 1000;
// A new model in models/ has new sums: the failing tests print them.
constexpr std::uint64_t kModelSum = 477872521491354845u;
constexpr std::uint64_t kLogitsSum = 11438442896375271467u;

const std::filesystem::path kSource = BITCPP_SOURCE_DIR;
const std::filesystem::path kModel = kSource / "models" / "snips-minilm-w1a1.safetensors";

#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
constexpr int kTwo = 1;  // a module without threads
#else
constexpr int kTwo = 2;
#endif

/// FNV-1a, 64 bits.
std::uint64_t checksum(const void* bytes, std::size_t size) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < size; ++i)
    sum = (sum ^ static_cast<const unsigned char*>(bytes)[i]) * 0x100000001b3;
  return sum;
}

/// The first texts of the training file: a header, then text, tab, label; no quotes.
std::vector<std::string> real_texts() {
  std::vector<std::string> texts;
  const std::string content = read_file(kSource / "examples" / "snips" / "train.tsv");
  std::size_t begin = content.find('\n') + 1;
  while (texts.size() < kTexts && begin < content.size()) {
    texts.push_back(content.substr(begin, content.find('\t', begin) - begin));
    begin = content.find('\n', begin) + 1;
  }
  return texts;
}

/// How the texts are run; `stride` makes their order: 0, stride, 2 stride, ... modulo their number.
struct Way {
  int threads, batch_tokens;
  std::size_t stride;
};

/// Checksum of the logits in the texts' own order.
std::uint64_t logits_sum(Isa isa, const Way& way, const std::vector<std::string>& texts) {
  Predictor predictor = Predictor::from(Encoder::open(kModel, kernels_for(isa)),
                                        {.threads = way.threads, .batch_tokens = way.batch_tokens});
  std::vector<TextInput> inputs;
  for (std::size_t i = 0; i < texts.size(); ++i)
    inputs.push_back({texts[i * way.stride % texts.size()], "", false});
  const std::vector<Prediction> predictions = predictor.predict(inputs);
  const auto outputs = static_cast<std::size_t>(predictor.encoder().outputs());
  std::vector<float> logits(texts.size() * outputs);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t place = i * way.stride % texts.size();
    std::copy_n(predictions[i].logits.begin(), outputs,
                logits.begin() + static_cast<std::ptrdiff_t>(place * outputs));
  }
  return checksum(logits.data(), logits.size() * sizeof(float));
}

class SameBits : public testing::TestWithParam<Isa> {};

TEST_P(SameBits, InEveryWay) {
  const std::vector<std::string> texts = real_texts();
  ASSERT_EQ(texts.size(), kTexts);
  // Strides without a common factor with 1,000: far apart, backwards, and as they are.
  std::vector<Way> ways = {{kTwo, 1, 387}};
  // The scalar kernels take six seconds a way, the others less than one.
  if (GetParam() != Isa::kScalar) ways.insert(ways.end(), {{1, 512, 1}, {kTwo, 64, 999}});
  for (const Way& way : ways) {
    EXPECT_EQ(logits_sum(GetParam(), way, texts), kLogitsSum)
        << isa_name(GetParam()) << ", " << way.threads << " threads, batches of "
        << way.batch_tokens << " tokens, stride " << way.stride;
  }
}

TEST(SameBitsModel, IsTheOneTheSumIsOf) {
  const std::string model = read_file(kModel);
  EXPECT_EQ(checksum(model.data(), model.size()), kModelSum);
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, SameBits, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
