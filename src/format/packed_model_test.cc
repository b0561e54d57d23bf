// Packed models written and read back.
#include "format/packed_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/file.h"
#include "format/packed_schema.h"
#include "format/sample_model.h"

namespace bitcpp {
namespace {

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / ("bitcpp_packed_" + name + ".safetensors");
}

/// An archive of PackedSchema that turns a model into numbers, so that two can be compared whole.
class Printer {
 public:
  std::map<std::string, std::vector<double>> values;

  void signs(const std::string& name, const SignMatrix& m, std::int64_t, std::int64_t) {
    add(name, m.bits);
    values[name + "#"] = {double(m.rows), double(m.cols)};
  }
  void halves(const std::string& name, std::span<const std::uint16_t> v,
              const std::vector<std::int64_t>&) {
    add(name, v);
  }
  void floats(const std::string& name, std::span<const float> v, const std::vector<std::int64_t>&) {
    add(name, v);
  }
  void thresholds(const std::string& name, const FloatThresholds& t, std::int64_t) {
    add(name, t.values);
    values[name + "#"] = {double(t.levels), double(t.channels)};
  }
  void thresholds(const std::string& name, const IntegerThresholds& t, std::int64_t, CodeSet) {
    add(name, std::span<const std::int32_t>(t.values));
    values[name + "#"] = {double(t.levels), double(t.channels)};
  }
  bool rounded(const std::string& prefix, const PackedAttention& a) {
    values[prefix + "rounded"] = {double(a.rounded()), double(a.query.output.levels)};
    return a.rounded();
  }
  void exp_table(const std::string& prefix, const PackedAttention& a, std::int64_t) {
    add(prefix + "exp_table", a.exp_table);
    values[prefix + "scores"] = {double(a.score_minimum), double(a.score_step)};
  }
  void probability_cuts(const std::string& name, std::span<const double> v) { add(name, v); }
  bool ngrams(const PackedNgrams& ngrams, std::int64_t) {
    if (!ngrams.empty()) add("ngrams.weight", ngrams.weight);
    return !ngrams.empty();
  }

 private:
  template <class T>
  void add(const std::string& name, std::span<const T> v) {
    ASSERT_FALSE(v.empty()) << name;
    values[name].assign(v.begin(), v.end());
  }
};

std::map<std::string, std::vector<double>> contents(const PackedModel& model) {
  Printer printer;
  PackedSchema(printer, model);
  return printer.values;
}

void expect_round_trip(const PackedModel& model, const std::string& name) {
  const auto path = temporary(name);
  write_packed_model(path, model);
  const PackedModel read = open_packed_model(path);
  EXPECT_EQ(contents(read), contents(model));
  EXPECT_EQ(packed_config_json(read.config, ""), packed_config_json(model.config, ""));
  EXPECT_EQ(read.vocabulary, model.vocabulary);
  EXPECT_EQ(read.recipe, model.recipe);
  EXPECT_EQ(read.provenance, model.provenance);
  EXPECT_EQ(read.metrics, model.metrics);
  EXPECT_EQ(read.head.outputs, model.head.outputs);
  EXPECT_EQ(read.file->path(), path);
  std::filesystem::remove(path);
}

TEST(PackedModel, RoundTrip) {
  SampleModel sample(tiny_config());
  expect_round_trip(sample.model, "plain");
  sample.model.recipe = "name = \"bit\"\n# \xC3\xA4\"\\";
  sample.model.provenance = R"({"teacher":"x"})";
  sample.model.metrics = R"({"accuracy":0.5})";
  expect_round_trip(sample.model, "metadata");
}

TEST(PackedModel, RoundTripOfEveryPrecision) {
  for (const int levels : {3, 4, 16}) {
    SampleModel sample(tiny_config(), {.input = levels,
                                       .query = levels,
                                       .key = levels,
                                       .value = levels,
                                       .probability = levels,
                                       .context = levels,
                                       .hidden = levels});
    expect_round_trip(sample.model, "levels" + std::to_string(levels));
  }
  SampleModel mixed(tiny_config(), {.input = 4,
                                    .query = 2,
                                    .key = 16,
                                    .value = 3,
                                    .probability = 256,
                                    .context = 4,
                                    .hidden = 255});
  expect_round_trip(mixed.model, "mixed");
}

TEST(PackedModel, EightBitAttentionRaisesTheVersion) {
  SampleModel plain(tiny_config());
  EXPECT_EQ(packed_version(plain.model), 1);
  SampleModel sample(tiny_config(), {.query = 256, .context = 4});
  EXPECT_EQ(packed_version(sample.model), 2);
  expect_round_trip(sample.model, "attention8");
}

TEST(PackedModel, NgramHeadRaisesTheVersion) {
  for (const int query : {2, 256}) {
    SampleModel sample(tiny_config(), {.query = query, .ngrams = 8});
    EXPECT_EQ(packed_version(sample.model), 3);
    expect_round_trip(sample.model, "ngrams");
  }
}

TEST(PackedModel, ThresholdsKeepAlwaysAndNever) {
  constexpr std::int32_t kAlways = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();
  const std::vector<std::pair<std::vector<std::int32_t>, DType>> cases = {
      {{kAlways, kNever, -32767, 32766}, DType::kI16},
      {{kAlways, kNever, -32768, 32766}, DType::kI32},
      {{kAlways, kNever, -32767, 32767}, DType::kI32}};
  for (const auto& [values, dtype] : cases) {
    SampleModel sample(tiny_config());
    auto& thresholds = sample.model.layers[0].attention.context.values;
    std::copy(values.begin(), values.end(), thresholds.begin());
    const auto path = temporary("thresholds");
    write_packed_model(path, sample.model);
    const PackedModel read = open_packed_model(path);
    EXPECT_EQ(read.layers[0].attention.context.values, thresholds);
    EXPECT_EQ(read.file->find("layers.0.attention.context_thresholds")->dtype, dtype);
    std::filesystem::remove(path);
  }
}

TEST(PackedModel, SpansPointIntoTheFile) {
  SampleModel sample(tiny_config());
  const auto path = temporary("spans");
  write_packed_model(path, sample.model);
  const PackedModel read = open_packed_model(path);
  const auto& position = read.file->find("embeddings.position")->bytes;
  EXPECT_EQ(static_cast<const void*>(read.embeddings.position.data()), position.data());
  const auto& table = read.file->find("layers.0.attention.exp_table")->bytes;
  EXPECT_EQ(static_cast<const void*>(read.layers[0].attention.exp_table.data()), table.data());
  std::filesystem::remove(path);
}

/// Another writer need not align its data: here the header grows by one space.
TEST(PackedModel, ReadsMisalignedFiles) {
  SampleModel sample(tiny_config());
  const auto path = temporary("misaligned");
  write_packed_model(path, sample.model);
  std::string bytes = read_file(path);
  const std::size_t header = SafetensorsFile::open(path).header_bytes();
  bytes.insert(header, " ");
  for (int i = 0; i < 8; ++i) bytes[std::size_t(i)] = static_cast<char>((header - 7) >> (8 * i));
  write_file(path, bytes);
  const PackedModel read = open_packed_model(path);
  EXPECT_EQ(contents(read), contents(sample.model));
  std::filesystem::remove(path);
}

/// Everything at one bit, in the shape of MiniLM with the seven intents of SNIPS (issue 4: at
/// most 3.70 MB).
TEST(PackedModel, MiniLmForSnipsKeepsItsBudget) {
  PackedConfig config;
  config.num_hidden_layers = 6;
  config.hidden_size = 384;
  config.num_attention_heads = 12;
  config.intermediate_size = 1536;
  config.vocab_size = 30522;
  config.max_position_embeddings = 512;
  config.type_vocab_size = 2;
  config.task = "classification";
  config.max_length = 64;
  config.labels = {"AddToPlaylist", "BookRestaurant",     "GetWeather",          "PlayMusic",
                   "RateBook",      "SearchCreativeWork", "SearchScreeningEvent"};
  SampleModel sample(config);
  // As large as the vocabulary of bert-base-uncased: 231,508 bytes.
  std::string vocabulary(sample.model.vocabulary);
  vocabulary.insert(0, 231508 - vocabulary.size(), 'x');
  sample.model.vocabulary = vocabulary;
  sample.model.recipe.assign(3000, 'r');
  const auto path = temporary("minilm");
  write_packed_model(path, sample.model);
  EXPECT_LE(std::filesystem::file_size(path), 3'700'000u);
  EXPECT_LE(open_packed_model(path).file->header_bytes(), 24'000u);
  RecordProperty("bytes", static_cast<int>(std::filesystem::file_size(path)));
  std::filesystem::remove(path);
}

/// The bytes a version of the format has once written stay the bytes it writes.
TEST(PackedModel, WritesTheKeptBytes) {
  SampleModel sample(tiny_config());
  sample.model.metrics = R"({"accuracy":0.5})";
  const auto path = temporary("kept");
  write_packed_model(path, sample.model);
  EXPECT_EQ(read_file(path), read_file("tests/fuzz/corpus/packed_model/seed_w1a1"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace bitcpp
