// Packed models written and read back.
#include "format/packed_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "format/packed_schema.h"
#include "format/sample_model.h"

namespace bitcpp {
namespace {

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / ("bitcpp_packed_" + name + ".safetensors");
}

/// An archive of PackedSchema that turns a model into text, so that two can be compared whole.
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
  void exp_table(const std::string& prefix, const PackedAttention& a, std::int64_t) {
    add(prefix + "exp_table", a.exp_table);
    values[prefix + "scores"] = {double(a.score_minimum), double(a.score_step)};
  }
  void probability_cuts(const std::string& name, std::span<const double> v) { add(name, v); }

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
  EXPECT_EQ(packed_config_json(read.config), packed_config_json(model.config));
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

}  // namespace
}  // namespace bitcpp
