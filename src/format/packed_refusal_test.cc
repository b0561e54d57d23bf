// Packed models that are not: each check of the reader, by the message it gives.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>

#include "base/error.h"
#include "format/packed_reader.h"
#include "format/sample_model.h"
#include "format/strict_json.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

/// The tensors and metadata of a valid model, to be damaged.
class Refusal : public testing::Test {
 protected:
  Refusal() { load(tiny_config(), {}); }

  void load(const PackedConfig& config, const SampleLevels& levels) {
    SampleModel sample(config, levels);
    const auto path = std::filesystem::path(testing::TempDir()) / "bitcpp_refusal.safetensors";
    write_packed_model(path, sample.model);
    file_ = SafetensorsFile::open(path);
    std::filesystem::remove(path);  // the mapping stays
    tensors = file_.tensors();
    metadata = file_.metadata();
  }

  /// What the reader says, less the file's name; "" when it accepts.
  std::string message() {
    try {
      AlignedCopies copies;
      read_packed_tensors("f", metadata, tensors, copies);
      return "";
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_TRUE(text.starts_with("f: ")) << text;
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      return text.substr(3);
    }
  }

  std::string message_with_config(const std::function<void(Json&)>& change) {
    const std::string kept = metadata["config"];
    Json config = Json::parse(kept);
    change(config);
    metadata["config"] = config.dump();
    const std::string result = message();
    metadata["config"] = kept;
    return result;
  }

  std::string message_with(const std::string& name, TensorView view) {
    const TensorView kept = tensors.at(name);
    tensors[name] = std::move(view);
    const std::string result = message();
    tensors[name] = kept;
    return result;
  }

  /// With element `index` of the tensor changed.
  template <class T>
  std::string message_with_element(const std::string& name, std::size_t index, T value) {
    TensorView view = tensors.at(name);
    std::vector<std::uint8_t> bytes(view.bytes.begin(), view.bytes.end());
    EXPECT_EQ(dtype_size(view.dtype), sizeof value);
    std::memcpy(bytes.data() + index * sizeof value, &value, sizeof value);
    view.bytes = bytes;
    return message_with(name, view);
  }

  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;

 private:
  SafetensorsFile file_;
};

TEST_F(Refusal, NothingToRefuse) { EXPECT_EQ(message(), ""); }

TEST_F(Refusal, Metadata) {
  metadata["format"] = "pt";
  EXPECT_EQ(message(), "not a packed model (its metadata has no format 'bitcpp')");
  metadata.erase("format");
  EXPECT_EQ(message(), "not a packed model (its metadata has no format 'bitcpp')");
  metadata["format"] = "bitcpp";
  metadata["version"] = "4";
  EXPECT_EQ(message(), "packed model of version '4', this program reads up to '3'");
  metadata.erase("version");
  EXPECT_EQ(message(), "no key 'version' in the metadata");
  metadata["version"] = "1";
  metadata["color"] = "red";
  EXPECT_EQ(message(), "unknown key 'color' in the metadata");
  metadata.erase("color");
  metadata["metrics"] = "{";
  EXPECT_EQ(message(), "metrics: not JSON at byte 2");
  metadata["metrics"] = "{}";
  metadata["provenance"] = std::string(100'000, '[');
  EXPECT_EQ(message(), "provenance: JSON nested deeper than 32");
  metadata["provenance"] = "";
  metadata.erase("config");
  EXPECT_EQ(message(), "no key 'config' in the metadata");
}

TEST_F(Refusal, EightBitAttention) {
  load(tiny_config(), {.query = 256});
  EXPECT_EQ(message(), "");
  for (const char* name : {"score_scale", "probability_scale", "query.output_inverse"}) {
    const std::string tensor = std::string("layers.0.attention.") + name;
    EXPECT_EQ(message_with_element(tensor, 0, 0.0f),
              "layers.0.attention has a scale that is not positive");
    EXPECT_EQ(message_with_element(tensor, 0, std::numeric_limits<float>::infinity()),
              "tensor '" + tensor + "' holds a number that is not finite");
  }
  // What version 1 does not know.
  metadata["version"] = "1";
  EXPECT_EQ(message(), "no tensor 'layers.0.attention.query.output_thresholds'");
  metadata["version"] = "2";
  tensors.erase("layers.0.attention.score_scale");
  EXPECT_EQ(message(), "no tensor 'layers.0.attention.query.output_thresholds'");
}

TEST_F(Refusal, NgramHead) {
  load(tiny_config(), {.ngrams = 8});
  EXPECT_EQ(message(), "");
  const std::vector<std::uint8_t> bytes(24);
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{6, 2}, {8, 3}, {1, 2}, {16}, {}})
    EXPECT_TRUE(message_with("ngrams.weight", {DType::kI8, shape, bytes})
                    .ends_with("expected I8 [a power of two to 2^24, 2]"));
  EXPECT_EQ(message_with_element("ngrams.scale", 1, std::numeric_limits<float>::infinity()),
            "tensor 'ngrams.scale' holds a number that is not finite");
  // What version 2 does not know.
  metadata["version"] = "2";
  EXPECT_EQ(message(), "unknown tensor 'ngrams.bias'");
  metadata["version"] = "3";
  tensors.erase("ngrams.scale");
  EXPECT_EQ(message(), "no tensor 'ngrams.scale'");
}

TEST_F(Refusal, ConfigText) {
  const std::string good = metadata["config"];
  metadata["config"] = "[]";
  EXPECT_EQ(message(), "config is not a JSON object");
  metadata["config"] = "";
  EXPECT_EQ(message(), "config: not JSON at byte 1");
  metadata["config"] = good + "}";
  EXPECT_NE(message().find("config: not JSON at byte "), std::string::npos);
  metadata["config"] = good + std::string(1, '\0');
  EXPECT_EQ(message(), "config: not JSON, it contains a NUL byte");
  metadata["config"] = "{\"pair\":true," + good.substr(1);
  EXPECT_EQ(message(), "config: key 'pair' given twice");
  metadata["config"] = "{\"a\":1e999}";
  EXPECT_NE(message().find("config: not JSON"), std::string::npos);
  metadata["config"] = std::string((std::size_t{16} << 20) + 1, ' ');
  EXPECT_EQ(message(), "config: more than 16 MiB of JSON");
}

TEST_F(Refusal, ConfigKeys) {
  const Json good = Json::parse(metadata["config"]);
  for (const auto& item : good.items()) {
    const std::string& key = item.key();
    EXPECT_EQ(message_with_config([&](Json& c) { c.erase(key); }),
              "no key '" + key + "' in config");
    EXPECT_NE(message_with_config([&](Json& c) {
                c[key] = nullptr;
              }).find("config key '" + key + "' must be "),
              std::string::npos);
  }
  EXPECT_EQ(message_with_config([](Json& c) { c["dropout"] = 0; }),
            "unknown key 'dropout' in config");
}

TEST_F(Refusal, ConfigValues) {
  struct Case {
    const char* key;
    Json value;
    const char* expected;
  };
  const Case cases[] = {
      {"architecture", "gpt2", "'bert'"},
      {"num_hidden_layers", 0, "an integer from 1 to 1024"},
      {"num_hidden_layers", 1025, "an integer from 1 to 1024"},
      {"num_hidden_layers", 1.0, "an integer from 1 to 1024"},
      {"hidden_size", 65537, "an integer from 1 to 65536"},
      {"hidden_size", -16, "an integer from 1 to 65536"},
      {"hidden_size", ~std::uint64_t{0}, "an integer from 1 to 65536"},
      {"num_attention_heads", 3, "a divisor of hidden_size"},
      {"num_attention_heads", 32, "an integer from 1 to 16"},
      {"intermediate_size", 262145, "an integer from 1 to 262144"},
      {"vocab_size", 16777217, "an integer from 1 to 16777216"},
      {"max_position_embeddings", 65537, "an integer from 3 to 65536"},
      {"type_vocab_size", 1025, "an integer from 1 to 1024"},
      {"layer_norm_eps", 0, "greater than 0 and at most 1"},
      {"layer_norm_eps", 1.5, "greater than 0 and at most 1"},
      {"task", "ner", "'classification', 'regression', 'tagging' or 'question-answering'"},
      {"max_length", 9, "an integer from 3 to 8"},
      {"max_length", 2, "an integer from 3 to 8"},
      {"labels", Json::array(), "1 to 65536 names"},
      {"labels", {"a", "a"}, "different from each other"},
      {"labels", {"a", 1}, "an array of strings"},
      {"task", "regression", "empty for regression"},
      {"lowercase", 1, "true or false"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(message_with_config([&](Json& config) { config[c.key] = c.value; }),
              std::string("config key '") + (c.value == "regression" ? "labels" : c.key) +
                  "' must be " + c.expected);
  }
  EXPECT_EQ(message_with_config([](Json& c) {
              c["pair"] = true;
              c["type_vocab_size"] = 1;
            }),
            "config key 'type_vocab_size' must be at least 2 for pairs");
}

TEST_F(Refusal, TasksOfTokens) {
  const auto as = [&](const char* task, const std::function<void(Json&)>& change) {
    return message_with_config([&](Json& config) {
      config["task"] = task;
      change(config);
    });
  };
  EXPECT_EQ(as("tagging", [](Json&) {}), "unknown tensor 'pooler.bias'");
  EXPECT_EQ(as("tagging", [](Json& c) { c["pair"] = true; }),
            "config key 'pair' must be false for tagging");
  EXPECT_EQ(as("tagging", [](Json& c) { c["stride"] = 1; }), "unknown key 'stride' in config");
  EXPECT_EQ(as("question-answering", [](Json&) {}), "no key 'stride' in config");
  EXPECT_EQ(as("question-answering", [](Json& c) { c["stride"] = 9; }),
            "config key 'stride' must be an integer from 0 to 8");
  EXPECT_EQ(as("question-answering", [](Json& c) { c["stride"] = 1; }),
            "config key 'pair' must be true for question-answering");
  EXPECT_EQ(as("question-answering", [](Json& c) { c["stride"] = 1, c["pair"] = true; }),
            "config key 'labels' must be empty for question-answering");
}

/// Every size in the configuration is tied to some tensor's shape.
TEST_F(Refusal, ConfigAgainstTensors) {
  for (const char* key :
       {"hidden_size", "intermediate_size", "vocab_size", "max_position_embeddings",
        "type_vocab_size", "num_hidden_layers", "num_attention_heads"}) {
    EXPECT_NE(message_with_config([&](Json& c) { c[key] = c[key].get<int>() * 2; }), "") << key;
  }
  EXPECT_EQ(message_with_config([](Json& c) { c["labels"].push_back("maybe"); }),
            "tensor 'head.weight' is F32 [2, 16], expected F32 [3, 16]");
  EXPECT_EQ(message_with_config([](Json& c) { c["num_hidden_layers"] = 1024; }),
            "no tensor 'layers.1.attention.query.input_thresholds'");
  EXPECT_EQ(message_with_config([](Json& c) { c["vocab_size"] = 11; }),
            "tensor 'vocabulary' has 10 lines, vocab_size is 11");
}

TEST_F(Refusal, EveryTensorIsNeededAndNoOther) {
  const auto all = tensors;
  for (const auto& [name, view] : all) {
    tensors.erase(name);
    EXPECT_EQ(message(), "no tensor '" + name + "'");
    tensors[name + "x"] = view;
    EXPECT_EQ(message(), "no tensor '" + name + "'");
    tensors = all;
  }
  tensors["extra"] = all.at("head.bias");
  EXPECT_EQ(message(), "unknown tensor 'extra'");
}

TEST_F(Refusal, EveryTensorsTypeAndShape) {
  const auto all = tensors;
  for (const auto& [name, view] : all) {
    TensorView other = view;
    other.dtype = dtype_size(view.dtype) == 2 ? DType::kBF16
                  : view.dtype == DType::kU8  ? DType::kI8
                                              : DType::kI64;
    EXPECT_TRUE(message_with(name, other).starts_with("tensor '" + name + "' is ")) << name;
    other = view;
    other.shape.push_back(1);
    EXPECT_TRUE(message_with(name, other).starts_with("tensor '" + name + "' is ")) << name;
    // These two have a length of their own.
    if (name == "vocabulary" || name.ends_with("probability_cuts")) continue;
    other = view;
    other.shape.back() += 1;
    EXPECT_TRUE(message_with(name, other).starts_with("tensor '" + name + "' is ")) << name;
    other = view;
    other.shape = {};
    EXPECT_TRUE(message_with(name, other).starts_with("tensor '" + name + "' is ")) << name;
  }
}

TEST_F(Refusal, Levels) {
  std::vector<std::uint8_t> zeros(1'000'000);
  const auto with_rows = [&](const std::string& name, std::int64_t rows) {
    TensorView view = tensors.at(name);
    view.shape[0] = rows;
    std::int64_t elements = 1;
    for (const std::int64_t dimension : view.shape) elements *= dimension;
    view.bytes =
        std::span<const std::uint8_t>(zeros).first(std::size_t(elements) * dtype_size(view.dtype));
    return message_with(name, view);
  };
  const std::string signed_expected = "expected F32 [levels - 1, 16], levels 2, 3, 4 or 16";
  EXPECT_EQ(with_rows("pooler.input_thresholds", 3), "");
  EXPECT_EQ(with_rows("pooler.input_thresholds", 15), "");
  for (const std::int64_t rows : {0, 4, 16, 300}) {
    EXPECT_EQ(with_rows("pooler.input_thresholds", rows),
              "tensor 'pooler.input_thresholds' is F32 [" + std::to_string(rows) + ", 16], " +
                  signed_expected);
    EXPECT_NE(with_rows("layers.0.attention.context_thresholds", rows), "");
  }
  EXPECT_EQ(with_rows("layers.0.ffn.up.output_thresholds", 4), "");
  EXPECT_EQ(with_rows("layers.0.ffn.up.output_thresholds", 255), "");
  EXPECT_EQ(with_rows("layers.0.ffn.up.output_thresholds", 256),
            "tensor 'layers.0.ffn.up.output_thresholds' is I16 [256, 20], expected I16 or I32 "
            "[levels - 1, "
            "20], levels 2 to 256");
  EXPECT_NE(with_rows("layers.0.attention.probability_cuts", 0), "");
  EXPECT_NE(with_rows("layers.0.attention.probability_cuts", 256), "");
  EXPECT_EQ(with_rows("layers.0.attention.query.output_thresholds", 2),
            "tensor 'layers.0.attention.scores' is [-8, 2], expected [-8, 1] (least score and step "
            "of these "
            "levels)");
}

TEST_F(Refusal, Numbers) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const char* name : {"head.weight", "head.bias", "pooler.scale", "layers.0.ffn.norm.bias",
                           "pooler.input_thresholds"}) {
    for (const float value : {kNan, kInfinity, -kInfinity}) {
      EXPECT_EQ(message_with_element(name, 1, value),
                std::string("tensor '") + name + "' holds a number that is not finite");
    }
  }
  for (const std::uint16_t value : {0x7C00, 0xFC00, 0x7E00}) {
    EXPECT_EQ(message_with_element("embeddings.word.scale", 9, value),
              "tensor 'embeddings.word.scale' holds a number that is not finite");
  }
  const std::string table = "layers.0.attention.exp_table",
                    cuts = "layers.0.attention.probability_cuts";
  EXPECT_EQ(message_with_element(table, 0, double{kNan}),
            "tensor '" + table + "' holds a number that is not finite");
  EXPECT_EQ(message_with_element(table, 0, -1.0), "tensor '" + table + "' holds a negative number");
  EXPECT_EQ(message_with_element(table, 1, 0.0),
            "tensor '" + table + "' is not ascending at channel 0");
  EXPECT_EQ(message_with_element(cuts, 0, 0.0),
            "tensor '" + cuts + "' holds a cut that is not positive");
  EXPECT_EQ(message_with_element("layers.0.attention.scores", 0, std::int32_t{-6}),
            "tensor 'layers.0.attention.scores' is [-6, 2], expected [-8, 2] (least score and step "
            "of these "
            "levels)");
}

TEST_F(Refusal, TableOfZeros) {
  const std::vector<std::uint8_t> zeros(1000);
  TensorView view = tensors.at("layers.0.attention.exp_table");
  view.bytes = std::span<const std::uint8_t>(zeros).first(view.bytes.size());
  EXPECT_EQ(message_with("layers.0.attention.exp_table", view),
            "tensor 'layers.0.attention.exp_table' holds zeros alone");
}

TEST_F(Refusal, DescendingThresholds) {
  load(tiny_config(), {.input = 4, .query = 4, .key = 4, .value = 4, .probability = 3});
  ASSERT_EQ(message(), "");
  EXPECT_EQ(message_with_element("pooler.input_thresholds", 2 * 16 + 5, -1e30f),
            "tensor 'pooler.input_thresholds' is not ascending at channel 5");
  EXPECT_EQ(
      message_with_element("layers.0.attention.key.output_thresholds", 7, std::int16_t{32767}),
      "tensor 'layers.0.attention.key.output_thresholds' is not ascending at channel 7");
  EXPECT_EQ(message_with_element("layers.0.attention.probability_cuts", 1, 0.01),
            "tensor 'layers.0.attention.probability_cuts' is not ascending at channel 0");
}

TEST_F(Refusal, PaddingBits) {
  EXPECT_EQ(message_with_element("layers.0.ffn.down.bits", 2 * 3 + 2, std::uint8_t{0x10}),
            "tensor 'layers.0.ffn.down.bits' has padding bits set in row 2");
  EXPECT_EQ(message_with_element("layers.0.ffn.down.bits", 2 * 3 + 2, std::uint8_t{0x0F}), "");
}

TEST(PackedWriter, RefusesWhatTheReaderWould) {
  const auto path = std::filesystem::path(testing::TempDir()) / "bitcpp_refused.safetensors";
  const auto message = [&](const std::function<void(PackedModel&)>& damage) {
    SampleModel sample(tiny_config());
    damage(sample.model);
    try {
      write_packed_model(path, sample.model);
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what()).substr(path.string().size() + 2);
    }
  };
  EXPECT_EQ(message([](PackedModel& m) { m.layers.clear(); }),
            "the model has 0 layers, num_hidden_layers is 1");
  EXPECT_EQ(message([](PackedModel& m) { m.embeddings.word.cols = 15; }),
            "tensor 'embeddings.word.bits' of the model has signs [10, 15], expected [10, 16]");
  EXPECT_EQ(message([](PackedModel& m) { m.head.bias = m.head.bias.first(1); }),
            "tensor 'head.bias' of the model has 4 bytes, expected F32 [2]");
  EXPECT_EQ(
      message([](PackedModel& m) { m.layers[0].ffn.up.output.levels = 3; }),
      "tensor 'layers.0.ffn.up.output_thresholds' of the model has 40 bytes, expected I16 [2, 20]");
  EXPECT_EQ(message([](PackedModel& m) { m.vocabulary.remove_suffix(8); }),
            "tensor 'vocabulary' has 8 lines, vocab_size is 10");
  EXPECT_EQ(message([](PackedModel& m) {
              m.config.labels = {"a", "\xFF"};
            }),
            "config holds text that is not UTF-8");
  EXPECT_EQ(message([](PackedModel& m) { m.metrics = "nan"; }), "metrics: not JSON at byte 2");
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace bitcpp
