#include "model/encoder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <new>
#include <thread>

#include "base/error.h"
#include "kernels/random_rows.h"
#include "model/plain_encoder.h"
#include "model/random_model.h"
#include "model/thread_pool.h"

// Counts allocations of the whole test program, for the promise that a warm encoder makes none.
std::atomic<long> allocations = 0;

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto boundary = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(boundary, (size + boundary - 1) / boundary * boundary))
    return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace bitcpp {
namespace {

struct Sequence {
  std::vector<std::int32_t> ids;
  std::vector<std::uint8_t> types;
  EncoderInput input() const { return {ids, types}; }
};

Sequence random_sequence(TestRandom& random, int length, int vocabulary) {
  Sequence sequence;
  for (int i = 0; i < length; ++i) {
    sequence.ids.push_back(random.whole(0, vocabulary - 1));
    sequence.types.push_back(static_cast<std::uint8_t>(i > length / 2));
  }
  return sequence;
}

PackedConfig shape(const std::string& name, int vocabulary = 50, int labels = 3) {
  PackedConfig config = random_shape(name);
  config.vocab_size = vocabulary;
  config.max_position_embeddings = 140;
  config.labels.clear();
  for (int i = 0; i < labels; ++i) config.labels.push_back("label" + std::to_string(i));
  return config;
}

std::vector<float> logits_of(const Encoder& encoder, const std::vector<Sequence>& sequences,
                             EncoderTrace* trace = nullptr) {
  std::vector<EncoderInput> inputs;
  for (const Sequence& sequence : sequences) inputs.push_back(sequence.input());
  std::vector<float> logits(encoder.logit_count(inputs));
  Workspace workspace;
  encoder.run(inputs, workspace, logits, trace);
  return logits;
}

struct ModelCase {
  const char* shape;
  RandomLevels levels;
};

// Widths off every boundary (heads of 26 bits, rows of 312), one bit and more.
const ModelCase kCases[] = {{"2x64x4x96", {}},
                            {"2x312x12x100", {}},
                            {"1x26x1x70", {}},
                            {"2x130x2x65", {}},
                            {"2x64x4x96", {.probability = 4, .hidden = 4}},
                            {"2x78x3x50", {4, 4, 4, 4, 4, 4, 4}},
                            {"1x52x2x70", {3, 3, 3, 3, 3, 3, 3}},
                            {"1x64x2x64", {16, 16, 16, 16, 16, 16, 16}},
                            {"1x64x2x64", {2, 3, 2, 4, 5, 16, 7}}};
// Attention in 8 bits.
const ModelCase kByteCases[] = {
    {"2x64x2x64", {.query = 256}},
    {"2x78x3x50", {.input = 3, .query = 256, .context = 4, .hidden = 3}},
    {"1x26x1x70", {.query = 256, .hidden = 4}}};

const ModelCase kNgramCases[] = {{"2x64x4x96", {.ngrams = 64}},
                                 {"1x26x1x70", {.query = 256, .ngrams = 4}}};

class EncoderTest : public testing::TestWithParam<Isa> {};

void expect_plain_reading(std::span<const ModelCase> cases, Isa isa) {
  TestRandom random(21);
  for (const ModelCase& c : cases) {
    const RandomModel random_one = random_model(shape(c.shape), c.levels);
    const PlainEncoder plain(random_one.model);
    const Encoder encoder = Encoder::from(random_one.model, kernels_for(isa), random_one.storage);
    for (int length : {1, 2, 17, 70}) {
      const Sequence sequence = random_sequence(random, length, 50);
      std::vector<std::vector<float>> hidden;
      const std::vector<float> expected = plain.run(sequence.ids, sequence.types, &hidden);
      EncoderTrace trace;
      ASSERT_EQ(logits_of(encoder, {sequence}, &trace), expected) << c.shape << " at " << length;
      ASSERT_EQ(trace.hidden, hidden);
      ASSERT_EQ(trace.pooled.size(), static_cast<std::size_t>(encoder.config().hidden_size));
      ASSERT_EQ(logits_of(encoder, {sequence}), expected)
          << "first tokens only, " << c.shape << " at " << length;
    }
  }
}

TEST_P(EncoderTest, EqualsThePlainReadingBitForBit) { expect_plain_reading(kCases, GetParam()); }
TEST_P(EncoderTest, EqualsThePlainReadingInEightBits) {
  expect_plain_reading(kByteCases, GetParam());
}
TEST_P(EncoderTest, EqualsThePlainReadingWithNgrams) {
  expect_plain_reading(kNgramCases, GetParam());
}

void expect_batches_change_nothing(const RandomLevels& levels, Isa isa) {
  TestRandom random(22);
  const RandomModel random_one = random_model(shape("2x312x12x200"), levels);
  const Encoder encoder = Encoder::from(random_one.model, kernels_for(isa), random_one.storage);
  std::vector<Sequence> sequences;
  std::vector<float> alone;
  for (int i = 0; i < 12; ++i) {
    sequences.push_back(random_sequence(random, random.whole(1, 80), 50));
    const std::vector<float> logits = logits_of(encoder, {sequences.back()});
    alone.insert(alone.end(), logits.begin(), logits.end());
  }
  EXPECT_EQ(logits_of(encoder, sequences), alone);
  std::vector<Sequence> reversed(sequences.rbegin(), sequences.rend());
  std::vector<float> backwards = logits_of(encoder, reversed);
  for (std::size_t i = 0; i < 12; ++i) {
    for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(backwards[(11 - i) * 3 + c], alone[i * 3 + c]);
  }
}

TEST_P(EncoderTest, BatchesChangeNothing) {
  expect_batches_change_nothing({}, GetParam());
  expect_batches_change_nothing({.query = 256}, GetParam());
  expect_batches_change_nothing({.ngrams = 64}, GetParam());
}

TEST_P(EncoderTest, TokensHaveLogitsOfTheirOwn) {
  TestRandom random(27);
  for (const char* task : {"tagging", "question-answering"}) {
    PackedConfig config = shape("2x78x3x50");
    config.task = task;
    const RandomModel random_one = random_model(config, {.value = 4, .hidden = 3});
    const PlainEncoder plain(random_one.model);
    const Encoder encoder =
        Encoder::from(random_one.model, kernels_for(GetParam()), random_one.storage);
    EXPECT_TRUE(encoder.per_token());
    std::vector<Sequence> sequences;
    std::vector<float> expected;
    for (int length : {1, 2, 17, 70}) {
      sequences.push_back(random_sequence(random, length, 50));
      const std::vector<float> own = plain.run(sequences.back().ids, sequences.back().types);
      ASSERT_EQ(own.size(), static_cast<std::size_t>(length * encoder.outputs()));
      EXPECT_EQ(logits_of(encoder, {sequences.back()}), own);
      expected.insert(expected.end(), own.begin(), own.end());
    }
    EXPECT_EQ(logits_of(encoder, sequences), expected);
  }
}

TEST_P(EncoderTest, HiddenStatesAreTheLastLayersOfAllTokens) {
  TestRandom random(12);
  const RandomModel model = random_model(shape("2x64x4x96"));
  const Encoder encoder = Encoder::from(model.model, kernels_for(GetParam()), model.storage);
  std::vector<Sequence> sequences;
  std::vector<EncoderInput> inputs;
  for (int length : {5, 1, 17}) sequences.push_back(random_sequence(random, length, 50));
  for (const Sequence& sequence : sequences) inputs.push_back(sequence.input());
  EncoderTrace trace;
  logits_of(encoder, sequences, &trace);
  Workspace workspace;
  std::vector<float> hidden(23 * 64);
  encoder.hidden_states(inputs, workspace, hidden);
  EXPECT_EQ(hidden, trace.hidden.back());
  EXPECT_THROW(encoder.hidden_states(inputs, workspace, {hidden.data(), 64}), Error);
}

TEST_P(EncoderTest, RandomLogitsDifferBetweenTexts) {
  TestRandom random(23);
  const RandomModel random_one = random_model(shape("2x64x4x96"));
  const Encoder encoder =
      Encoder::from(random_one.model, kernels_for(GetParam()), random_one.storage);
  EXPECT_NE(logits_of(encoder, {random_sequence(random, 9, 50)}),
            logits_of(encoder, {random_sequence(random, 9, 50)}));
}

std::uint32_t checksum(std::span<const ModelCase> cases, Isa isa) {
  TestRandom random(26);
  std::uint32_t hash = 2166136261u;
  for (const ModelCase& c : cases) {
    const RandomModel random_one = random_model(shape(c.shape), c.levels);
    const Encoder encoder = Encoder::from(random_one.model, kernels_for(isa), random_one.storage);
    for (int i = 0; i < 40; ++i) {
      for (float logit : logits_of(encoder, {random_sequence(random, 1 + i * 3, 50)})) {
        hash = (hash ^ std::bit_cast<std::uint32_t>(logit)) * 16777619u;
      }
    }
  }
  return hash;
}

// The same bits on every machine, instruction set and compiler: a promise, held by these numbers.
TEST_P(EncoderTest, LogitsHaveTheirChecksum) {
  EXPECT_EQ(checksum(kCases, GetParam()), 4048855995u);
  EXPECT_EQ(checksum(kByteCases, GetParam()), 4260790930u);
}

TEST(EncoderRunTest, WarmWorkspaceAllocatesNothing) {
  TestRandom random(24);
  const RandomModel random_one =
      random_model(shape("2x312x12x200"), {.query = 4, .value = 3, .probability = 4});
  const RandomModel binary_one = random_model(shape("2x312x12x200"));
  const RandomModel byte_one = random_model(shape("2x312x12x200"), {.query = 256});
  for (const RandomModel* model : {&random_one, &binary_one, &byte_one}) {
    const Encoder encoder = Encoder::from(model->model, kernels(), model->storage);
    const Sequence longest = random_sequence(random, 90, 50),
                   shorter = random_sequence(random, 33, 50);
    const EncoderInput both[] = {longest.input(), shorter.input()}, one[] = {shorter.input()};
    std::vector<float> logits(6);
    Workspace workspace;
    encoder.run(both, workspace, logits);
    const long before = allocations;
    encoder.run(both, workspace, logits);
    encoder.run(one, workspace, std::span(logits).first(3));
    EXPECT_EQ(allocations, before);
  }
}

/// Logits with a batch's rows shared out over threads, twice, since the second run finds the
/// workspaces used.
std::vector<float> shared_logits(const Encoder& encoder, const std::vector<Sequence>& sequences,
                                 ThreadPool& pool) {
  std::vector<EncoderInput> inputs;
  for (const Sequence& sequence : sequences) inputs.push_back(sequence.input());
  std::vector<float> first(inputs.size() * static_cast<std::size_t>(encoder.outputs())),
      second(first.size());
  std::vector<Workspace> workspaces(static_cast<std::size_t>(pool.threads()));
  encoder.run(inputs, pool, workspaces, first);
  encoder.run(inputs, pool, workspaces, second);
  EXPECT_EQ(first, second);
  return first;
}

// Deep enough that two rows are worth a thread of their own, so that every split is met: inside of
// sequences, between them, threads without a first token.
TEST(EncoderRunTest, ThreadsShareRows) {
  TestRandom random(27);
  const RandomModel random_one =
      random_model(shape("21x312x12x2500"), {.query = 4, .value = 3, .probability = 4});
  const Encoder encoder = Encoder::from(random_one.model, kernels(), random_one.storage);
  const std::vector<std::vector<int>> batches = {{1},  {2},          {3},        {17},
                                                 {70}, {1, 1, 1, 1}, {30, 1, 9}, {2, 40}};
  for (int threads : {2, 3}) {
    ThreadPool pool(threads);
    for (const std::vector<int>& lengths : batches) {
      std::vector<Sequence> sequences;
      for (int length : lengths) sequences.push_back(random_sequence(random, length, 50));
      EXPECT_EQ(shared_logits(encoder, sequences, pool), logits_of(encoder, sequences))
          << threads << " threads, first length " << lengths[0];
    }
    EXPECT_EQ(encoder.useful_threads(2, threads), 2);
    EXPECT_EQ(shared_logits(encoder, {}, pool), std::vector<float>{});
  }
}

TEST(EncoderRunTest, SmallBatchesStayOnOneThread) {
  const RandomModel small = random_model(shape("2x64x4x96"));
  const Encoder encoder = Encoder::from(small.model, kernels(), small.storage);
  EXPECT_EQ(encoder.useful_threads(1, 8), 1);
  EXPECT_EQ(encoder.useful_threads(100, 8), 1);
  EXPECT_EQ(encoder.useful_threads(100000, 8), 8);
}

TEST(EncoderRunTest, ThreadsRefuseWhatOneRefuses) {
  const RandomModel small = random_model(shape("1x64x4x96"));
  const Encoder encoder = Encoder::from(small.model, kernels(), small.storage);
  ThreadPool pool(2);
  EXPECT_THROW(shared_logits(encoder, {{{1, 50}, {0, 0}}}, pool), Error);
  std::vector<Workspace> too_few(1);
  EXPECT_THROW(encoder.run({}, pool, too_few, {}), Error);
}

TEST(EncoderRunTest, WarmThreadsAllocateNothing) {
  TestRandom random(28);
  const RandomModel random_one = random_model(shape("4x312x12x1200"));
  const Encoder encoder = Encoder::from(random_one.model, kernels(), random_one.storage);
  const Sequence longest = random_sequence(random, 90, 50),
                 shorter = random_sequence(random, 33, 50);
  const EncoderInput both[] = {longest.input(), shorter.input()}, one[] = {shorter.input()};
  std::vector<float> logits(6);
  ThreadPool pool(3);
  std::vector<Workspace> workspaces(3);
  ASSERT_GT(encoder.useful_threads(33, 3), 1);
  encoder.run(both, pool, workspaces, logits);
  const long before = allocations;
  for (int i = 0; i < 5; ++i) {
    encoder.run(both, pool, workspaces, logits);
    encoder.run(one, pool, workspaces, std::span(logits).first(3));
  }
  EXPECT_EQ(allocations, before);
}

TEST(EncoderRunTest, StagesAreTimedWhereAsked) {
  TestRandom random(29);
  const RandomModel random_one = random_model(shape("2x64x4x96"));
  const Encoder encoder = Encoder::from(random_one.model, kernels(), random_one.storage);
  const Sequence sequence = random_sequence(random, 60, 50);
  const EncoderInput input = sequence.input();
  std::vector<float> logits(3), timed(3);
  Workspace workspace;
  encoder.run({&input, 1}, workspace, logits);
  StageTimes times{};
  workspace.times = &times;
  encoder.run({&input, 1}, workspace, timed);
  EXPECT_EQ(timed, logits);
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    EXPECT_EQ(times[stage] > 0, stage != static_cast<std::size_t>(Stage::kWaiting)) << stage;
  }
}

TEST(EncoderRunTest, ThreadsShareAModel) {
  TestRandom random(25);
  const RandomModel random_one = random_model(shape("2x64x4x96"));
  const Encoder encoder = Encoder::from(random_one.model, kernels(), random_one.storage);
  std::vector<Sequence> sequences;
  for (int i = 0; i < 8; ++i) sequences.push_back(random_sequence(random, 5 + i, 50));
  const std::vector<float> expected = logits_of(encoder, sequences);
  std::vector<std::vector<float>> got(4);
  std::vector<std::thread> threads;
  for (auto& one : got) threads.emplace_back([&] { one = logits_of(encoder, sequences); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : got) EXPECT_EQ(one, expected);
}

TEST(EncoderRunTest, RefusesInputsOutOfRange) {
  const RandomModel random_one = random_model(shape("1x64x4x96"));
  const Encoder encoder = Encoder::from(random_one.model, kernels(), random_one.storage);
  EXPECT_THROW(logits_of(encoder, {{{50}, {0}}}), Error);
  EXPECT_THROW(logits_of(encoder, {{{-1}, {0}}}), Error);
  EXPECT_THROW(logits_of(encoder, {{{1}, {2}}}), Error);
  EXPECT_THROW(logits_of(encoder, {{{1, 2}, {0}}}), Error);
  EXPECT_THROW(logits_of(encoder, {{{}, {}}}), Error);
  EXPECT_THROW(
      logits_of(encoder, {{std::vector<std::int32_t>(141), std::vector<std::uint8_t>(141)}}),
      Error);
  EXPECT_EQ(logits_of(encoder, {}), std::vector<float>{});
  Workspace workspace;
  std::vector<float> too_few(2);
  const Sequence sequence = {{1}, {0}};
  const EncoderInput input = sequence.input();
  EXPECT_THROW(encoder.run({&input, 1}, workspace, too_few), Error);
}

TEST(EncoderFromTest, RefusesTensorsThatDoNotFit) {
  const RandomModel good = random_model(shape("1x64x4x96"));
  const auto refused = [&](auto change) {
    PackedModel model = good.model;
    change(model);
    EXPECT_THROW(Encoder::from(std::move(model), kernels(), good.storage), Error);
  };
  refused([](PackedModel& m) { m.config.hidden_size = 32; });
  refused([](PackedModel& m) { m.config.num_attention_heads = 5; });
  refused([](PackedModel& m) { m.config.num_hidden_layers = 2; });
  refused([](PackedModel& m) { m.head.bias = m.head.bias.first(2); });
  refused([](PackedModel& m) { m.layers[0].attention.query.input.values = m.head.bias; });
  refused([](PackedModel& m) { m.layers[0].attention.query.output.values.pop_back(); });
  refused([](PackedModel& m) { m.layers[0].attention.output.scale = m.head.bias; });
  refused([](PackedModel& m) { m.layers[0].ffn.norm.bias = m.head.bias; });
  refused([](PackedModel& m) {
    m.layers[0].ffn.up.weight.bits = m.layers[0].ffn.up.weight.bits.first(9);
  });
  refused([](PackedModel& m) { m.embeddings.word_scale = m.embeddings.word_scale.first(9); });
}

TEST(RandomShapeTest, NamesAndNumbers) {
  EXPECT_EQ(random_shape("bert-base").intermediate_size, 3072);
  EXPECT_EQ(random_shape("minilm-l6").num_hidden_layers, 6);
  EXPECT_EQ(random_shape("3x26x2x70").hidden_size, 26);
  for (const char* bad : {"", "bert", "1x2x3", "1x2x3x", "1x2x3x4x5", "x1x2x3x4", "1x7x2x4",
                          "0x2x1x4", "1x2x1x-4", "1x2x1x4y", "2000x2x1x4"}) {
    EXPECT_THROW(random_shape(bad), Error) << bad;
  }
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, EncoderTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
