// Packed equals trained: the packed engine against the reference forward pass in ATen and against
// the training network itself, bit for bit, for every precision.
#include "pack/pack.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/encoder.h"
#include "pack/reference.h"
#include "pack/threshold_search.h"
#include "train/libtorch.h"
#include "train/tiny_task.h"

namespace bitcpp {
namespace {

using torch::Tensor;

Tokenizer tiny_tokenizer() {
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (int i = 5; i < 30; ++i) vocabulary += "w" + std::to_string(i) + "\n";
  return Tokenizer(vocabulary, {});
}

/// A network whose quantizers are set from a batch and then shifted at random, so that no threshold
/// is trivial.
Network random_network(Quantization quantization, TaskKind task = TaskKind::kClassification) {
  NetworkConfig config = tiny_config(quantization);
  config.task = task;
  if (task == TaskKind::kQuestionAnswering) config.labels.clear();
  config.pair = task == TaskKind::kQuestionAnswering;
  Network network(config, torch::kCPU, 7);
  torch::NoGradGuard no_gradient;
  torch::manual_seed(3);
  for (const Parameter& parameter : network.parameters().list()) {
    Tensor target = parameter.tensor;
    if (parameter.role == ParameterRole::kScale) continue;
    if (target.dim() == 1)
      target.add_(torch::randn_like(target) * 0.2);
    else
      target.mul_(10);
  }
  const auto texts = tiny_texts(8);
  std::vector<const EncodedText*> pointers;
  for (const EncodedText& text : texts) pointers.push_back(&text);
  Batch batch = make_batch(pointers, torch::kCPU);
  add_padded_view(batch, torch::kCPU);
  ForwardOptions calibrate;
  calibrate.calibrate = true;
  network.forget_scales();
  network.forward(batch, calibrate);
  return network;
}

bool same_bits(const Tensor& expected, const std::vector<float>& actual) {
  Tensor own = torch::tensor(actual).view_as(expected);
  return torch::equal(own, expected);
}

Quantization places(ActivationBits all, ActivationBits attention, ActivationBits relu) {
  Quantization quantization{1, all, WeightScale::kRow};
  quantization.attention_bits = attention;
  quantization.relu_bits = relu;
  return quantization;
}

class Packed : public testing::TestWithParam<Quantization> {};

TEST_P(Packed, HiddenStatesAreThoseOfTrainingBitForBit) {
  Network network = random_network(GetParam());
  PackedResult packed = pack_network(network, tiny_tokenizer(), {});
  Encoder encoder = Encoder::from(packed.model, kernels(), packed.storage);
  const ReferenceNetwork reference(network);
  Workspace workspace;
  for (const EncodedText& text : tiny_texts(40)) {
    std::vector<float> logits(3);
    EncoderTrace trace;
    const EncoderInput input{text.ids, text.type_ids};
    encoder.run({&input, 1}, workspace, logits, &trace);
    const Outputs expected = reference.run(text);
    const EncodedText* pointer = &text;
    const Outputs trained = network.forward(make_batch({&pointer, 1}, torch::kCPU), {});
    for (std::size_t layer = 0; layer < expected.hidden.size(); ++layer) {
      EXPECT_TRUE(same_bits(expected.hidden[layer], trace.hidden[layer])) << "reference, " << layer;
      EXPECT_TRUE(same_bits(trained.hidden[layer], trace.hidden[layer])) << "training, " << layer;
    }
    Tensor own = torch::tensor(logits);
    EXPECT_LE((own - expected.logits[0]).abs().max().item<float>(), 1e-5f);
    EXPECT_LE((own - trained.logits[0]).abs().max().item<float>(), 1e-5f);
  }
}

const ActivationBits kTernary = ActivationBits::ternary();
TEST(PackedNgrams, AreThoseOfTraining) {
  NetworkConfig config = random_network({1, 1}).config();
  config.ngram_buckets = 32;
  Network network(config, torch::kCPU, 7);
  network.copy_from(random_network({1, 1}).parameters());
  torch::manual_seed(5);
  network.set_ngrams({torch::randint(-127, 128, {32, 3}).to(torch::kFloat), torch::rand({3}) * 0.1,
                      torch::randn({3})});
  const PackedResult packed = pack_network(network, tiny_tokenizer(), {});
  const Encoder encoder = Encoder::from(packed.model, kernels(), packed.storage);
  const ReferenceNetwork reference(network);
  Network without = random_network({1, 1});
  double moved = 0;
  Workspace workspace;
  for (const EncodedText& text : tiny_texts(40)) {
    std::vector<float> logits(3);
    const EncoderInput input{text.ids, text.type_ids};
    encoder.run({&input, 1}, workspace, logits);
    const EncodedText* pointer = &text;
    const Batch batch = make_batch({&pointer, 1}, torch::kCPU);
    const Tensor own = torch::tensor(logits), trained = network.forward(batch, {}).logits[0];
    EXPECT_LE((own - reference.run(text).logits[0]).abs().max().item<float>(), 1e-5f);
    EXPECT_LE((own - trained).abs().max().item<float>(), 1e-5f);
    moved += (trained - without.forward(batch, {}).logits[0]).abs().mean().item<double>() / 40;
  }
  EXPECT_GT(moved, 0.5);
}

INSTANTIATE_TEST_SUITE_P(
    Precisions, Packed,
    testing::Values(Quantization{1, 1, WeightScale::kTensor}, Quantization{1, 1, WeightScale::kRow},
                    Quantization{1, 2, WeightScale::kTensor}, Quantization{1, 2, WeightScale::kRow},
                    Quantization{1, 4, WeightScale::kTensor}, Quantization{1, 4, WeightScale::kRow},
                    Quantization{1, kTernary, WeightScale::kRow}, places(1, 8, 1),
                    places(1, 8, kTernary), places(1, 4, 2), places(kTernary, 1, 4),
                    places(2, kTernary, 1), places(4, 8, 4)),
    [](const auto& info) {
      std::string name = std::to_string(info.index) + "_" + info.param.name();
      for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      return name;
    });

TEST(Pack, EveryTokenHasTheLogitsOfTraining) {
  for (const auto& [task, quantization] :
       {std::pair{TaskKind::kTagging, Quantization{1, 2, WeightScale::kRow}},
        std::pair{TaskKind::kQuestionAnswering, Quantization{1, 2, WeightScale::kRow}},
        std::pair{TaskKind::kTagging, places(1, 8, 1)}}) {
    Network network = random_network(quantization, task);
    const PackedResult packed = pack_network(network, tiny_tokenizer(), {});
    const auto path = std::filesystem::path(testing::TempDir()) / "packed_tokens.safetensors";
    write_packed_model(path, packed.model);
    const Encoder encoder = Encoder::open(path);
    EXPECT_TRUE(encoder.per_token());
    const ReferenceNetwork reference(network);
    Workspace workspace;
    for (const EncodedText& text : tiny_texts(20)) {
      const EncoderInput input{text.ids, text.type_ids};
      std::vector<float> logits(encoder.logit_count({&input, 1}));
      encoder.run({&input, 1}, workspace, logits);
      const EncodedText* pointer = &text;
      const Tensor trained = network.forward(make_batch({&pointer, 1}, torch::kCPU), {}).logits;
      const Tensor own = torch::tensor(logits).view_as(trained);
      EXPECT_LE((own - trained).abs().max().item<float>(), 1e-5f);
      EXPECT_LE((own - reference.run(text).logits).abs().max().item<float>(), 1e-5f);
    }
  }
}

class PackedFile : public testing::TestWithParam<int> {};

TEST_P(PackedFile, HoldsWhatWasPacked) {
  Network network = random_network(places(1, GetParam(), 1));
  PackedResult packed =
      pack_network(network, tiny_tokenizer(), {"seed = 1\n", "{}", "{\"accuracy\":1}"});
  const auto path = std::filesystem::path(testing::TempDir()) / "packed.safetensors";
  write_packed_model(path, packed.model);
  EXPECT_EQ(packed_version(packed.model), GetParam() == 8 ? 2 : 1);
  const PackedModel read = open_packed_model(path);
  EXPECT_EQ(read.recipe, "seed = 1\n");
  EXPECT_EQ(read.config.labels, packed.model.config.labels);
  const EncodedText text = tiny_texts(1)[0];
  const EncoderInput input{text.ids, text.type_ids};
  std::vector<float> from_file(3), from_memory(3);
  Workspace workspace;
  Encoder::from(read).run({&input, 1}, workspace, from_file);
  Encoder::from(packed.model, kernels(), packed.storage).run({&input, 1}, workspace, from_memory);
  EXPECT_EQ(from_file, from_memory);
}

INSTANTIATE_TEST_SUITE_P(AttentionBits, PackedFile, testing::Values(1, 2, 8));

TEST(Pack, RefusesWhatItCannotKeep) {
  EXPECT_THROW(pack_network(Network(tiny_config({}), torch::kCPU, 1), tiny_tokenizer(), {}), Error);
  Quantization floats{1, 1, WeightScale::kRow, false};
  EXPECT_THROW(pack_network(Network(tiny_config(floats), torch::kCPU, 1), tiny_tokenizer(), {}),
               Error);
  NetworkConfig long_one = tiny_config(places(1, 8, 1));
  long_one.max_position_embeddings = 600;
  EXPECT_THROW(pack_network(Network(long_one, torch::kCPU, 1), tiny_tokenizer(), {}), Error);
}

TEST(ThresholdSearch, FindsTheSmallestReachingInteger) {
  for (int at = -6; at <= 6; ++at) {
    const auto found = smallest_reaching(-5, 5, [at](std::int32_t n) { return n >= at; });
    const auto expected = at <= -5 ? std::numeric_limits<std::int32_t>::min()
                          : at > 5 ? std::numeric_limits<std::int32_t>::max()
                                   : at;
    EXPECT_EQ(found, expected) << at;
  }
}

}  // namespace
}  // namespace bitcpp
