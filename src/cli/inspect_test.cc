// bit inspect, as JSON and as text.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.h"
#include "format/sample_model.h"

namespace bitcpp {
namespace {

class Inspect : public testing::Test {
 protected:
  Inspect()
      : path_(std::filesystem::path(testing::TempDir()) /
              (std::string("bitcpp_inspect_") +
               testing::UnitTest::GetInstance()->current_test_info()->name() + ".safetensors")) {}
  ~Inspect() override { std::filesystem::remove(path_); }

  /// What the command prints to standard output.
  std::string output(bool json) {
    CLI::App app("", "bit");
    int status = 0;
    add_inspect_command(app, status);
    std::vector<std::string> arguments = {path_.string(), "inspect"};  // CLI11 takes them reversed
    if (json) arguments.insert(arguments.begin(), "--json");
    std::ostringstream text;
    std::streambuf* old = std::cout.rdbuf(text.rdbuf());
    try {
      app.parse(arguments);
    } catch (...) {
      std::cout.rdbuf(old);
      throw;
    }
    std::cout.rdbuf(old);
    EXPECT_EQ(status, kSuccess);
    return text.str();
  }

  std::filesystem::path path_;
};

void expect_every_byte(const nlohmann::json& report, const std::filesystem::path& path) {
  std::uint64_t sum = report["header_bytes"].get<std::uint64_t>();
  for (const auto& tensor : report["tensors"]) {
    sum += tensor["bytes"].get<std::uint64_t>();
    EXPECT_TRUE(tensor["name"].is_string() && tensor["dtype"].is_string() &&
                tensor["shape"].is_array());
  }
  EXPECT_EQ(sum, std::filesystem::file_size(path));
  EXPECT_EQ(report["bytes"], std::filesystem::file_size(path));
}

TEST_F(Inspect, PackedModelAsJson) {
  PackedConfig config = tiny_config();
  config.num_hidden_layers = 2;
  SampleModel sample(config, {.hidden = 4});
  sample.model.metrics = R"({"accuracy":0.5})";
  sample.model.recipe = "epochs = 3\n";
  write_packed_model(path_, sample.model);
  const auto report = nlohmann::json::parse(output(true));
  expect_every_byte(report, path_);

  // By hand: hidden 16, feed-forward 20, 10 words, 8 positions, 2 types, 2 labels, 2 heads, all at
  // one bit but the feed-forward network's 3 thresholds a channel.
  const int embeddings = 10 * 16 + 10 + 8 * 16 + 2 * 16 + 2 * 16;
  const int attention = 3 * (16 + 16 * 16 + 16) + 1 + 16 + (16 * 16 + 2 * 16) + 2 * 16;
  const int feed_forward = (16 + 20 * 16 + 3 * 20) + (16 * 20 + 2 * 16) + 2 * 16;
  const int top = 16 + (16 * 16 + 2 * 16) + 2 * 16 + 2;
  const int parameters = embeddings + 2 * (attention + feed_forward) + top;
  EXPECT_EQ(report["parameters"], parameters);
  EXPECT_DOUBLE_EQ(report["bits_per_parameter"].get<double>(),
                   8.0 * report["bytes"].get<double>() / parameters);

  std::uint64_t bytes = report["header_bytes"].get<std::uint64_t>();
  std::int64_t counted = 0;
  for (const auto& part : report["parts"]) {
    bytes += part["bytes"].get<std::uint64_t>();
    counted += part["parameters"].get<std::int64_t>();
    if (part["name"] == "layers.attention.query") {
      EXPECT_EQ(part["parameters"], 2 * (16 + 16 * 16 + 16));
    }
  }
  EXPECT_EQ(bytes, report["bytes"].get<std::uint64_t>());
  EXPECT_EQ(counted, parameters);
  EXPECT_EQ(report["config"]["hidden_size"], 16);
  EXPECT_EQ(report["config"]["labels"], nlohmann::json({"no", "yes"}));
  EXPECT_EQ(report["metrics"]["accuracy"], 0.5);
  EXPECT_EQ(report["recipe"], "epochs = 3\n");
  EXPECT_TRUE(report["provenance"].is_null());
  ASSERT_EQ(report["layers"].size(), 2u);
  EXPECT_EQ(report["layers"][1]["hidden_levels"], 4);
  EXPECT_EQ(report["layers"][1]["probability_alpha"], 0.25);
}

TEST_F(Inspect, CountsConstantChannels) {
  SampleModel sample(tiny_config(), {.context = 3});
  auto& attention = sample.model.layers[0].attention;
  attention.query.output.values[3] = std::numeric_limits<std::int32_t>::min();
  attention.key.output.values[4] = std::numeric_limits<std::int32_t>::max();
  attention.context.values[5] =
      std::numeric_limits<std::int32_t>::min();  // one of two: not constant
  attention.context.values[6] = std::numeric_limits<std::int32_t>::min();
  attention.context.values[16 + 6] = std::numeric_limits<std::int32_t>::max();
  write_packed_model(path_, sample.model);
  const auto layer = nlohmann::json::parse(output(true))["layers"][0];
  EXPECT_EQ(layer["constant_channels"], 3);
  EXPECT_EQ(layer["channels"], 4 * 16 + 20);
}

TEST_F(Inspect, EightBitAttention) {
  SampleModel sample(tiny_config(), {.query = 256});
  write_packed_model(path_, sample.model);
  const auto report = nlohmann::json::parse(output(true));
  expect_every_byte(report, path_);
  EXPECT_EQ(report["version"], 2);
  for (const char* place : {"query_levels", "key_levels", "value_levels", "probability_levels"})
    EXPECT_EQ(report["layers"][0][place], 256) << place;
  EXPECT_EQ(report["layers"][0]["context_levels"], 2);
  EXPECT_EQ(report["layers"][0]["probability_alpha"], 1.0 / 256);
  EXPECT_EQ(report["layers"][0]["channels"], 16 + 20);  // of context and ffn.up
}

TEST_F(Inspect, PackedModelAsText) {
  SampleModel sample(tiny_config());
  sample.model.config.labels = {"no", "\x1b[31mred"};
  sample.model.metrics = R"({"accuracy":0.5})";
  sample.model.provenance = R"({"teacher":"some\nmodel"})";
  sample.model.recipe = "epochs = 3\n";
  write_packed_model(path_, sample.model);
  const std::string text = output(false);
  for (const char* part :
       {"packed model, version 1", "1 layers, 16 wide, 2 heads", "2 labels: no, ?[31mred",
        "layers.attention.query", "100.0 %", "\"accuracy\": 0.5", "\"teacher\"", "epochs = 3"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(Inspect, AnySafetensorsFile) {
  const std::vector<std::uint8_t> bytes(24);
  write_safetensors(path_,
                    {{"a", {DType::kF32, {2, 3}, bytes}}, {"\x1b[2J", {DType::kU8, {0}, {}}}},
                    {{"format", "pt"}});
  const auto report = nlohmann::json::parse(output(true));
  expect_every_byte(report, path_);
  EXPECT_EQ(report["parameters"], 6);
  EXPECT_EQ(report["metadata"]["format"], "pt");
  const std::string text = output(false);
  EXPECT_NE(text.find("not a packed model"), std::string::npos);
  EXPECT_NE(text.find("a F32 2x3"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(Inspect, EmptyFileHasNoBitsPerParameter) {
  write_safetensors(path_, {}, {});
  EXPECT_TRUE(nlohmann::json::parse(output(true))["bits_per_parameter"].is_null());
  EXPECT_NE(output(false).find("0 parameters\n"), std::string::npos);
}

TEST_F(Inspect, DamagedFilesAreErrors) {
  EXPECT_THROW(output(false), Error);
  write_safetensors(path_, {}, {{"format", "bitcpp"}, {"version", "9"}});
  try {
    output(true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              path_.string() + ": packed model of version '9', this program reads up to '3'");
  }
}

}  // namespace
}  // namespace bitcpp
