// Any bytes as a packed model: an Error, or a model that keeps what packed_model.h promises.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "check.h"
#include "format/packed_model.h"
#include "format/packed_schema.h"

namespace bitcpp {
namespace {

/// An archive of PackedSchema that checks a model by other means than its reader.
class Checker {
 public:
  void signs(const std::string&, const SignMatrix& matrix, std::int64_t rows, std::int64_t cols) {
    FUZZ_CHECK(matrix.rows == rows && matrix.cols == cols);
    const auto row_bytes = static_cast<std::size_t>((cols + 7) / 8);
    FUZZ_CHECK(matrix.bits.size() == static_cast<std::size_t>(rows) * row_bytes);
    for (std::size_t end = row_bytes; cols % 8 != 0 && end <= matrix.bits.size();
         end += row_bytes) {
      FUZZ_CHECK(matrix.bits[end - 1] >> (cols % 8) == 0);
    }
  }
  void halves(const std::string&, std::span<const std::uint16_t> values,
              const std::vector<std::int64_t>& shape) {
    FUZZ_CHECK(values.size() == count(shape));
    for (const std::uint16_t value : values) FUZZ_CHECK(std::isfinite(half_to_float(value)));
  }
  void floats(const std::string&, std::span<const float> values,
              const std::vector<std::int64_t>& shape) {
    FUZZ_CHECK(values.size() == count(shape));
    for (const float value : values) FUZZ_CHECK(std::isfinite(value));
  }
  void thresholds(const std::string&, const FloatThresholds& t, std::int64_t channels) {
    ascending(t.values, t.levels, t.channels, channels);
    FUZZ_CHECK(known_levels(t.levels, CodeSet::kSigned));
  }
  void thresholds(const std::string&, const IntegerThresholds& t, std::int64_t channels,
                  CodeSet set) {
    ascending<std::int32_t>(t.values, t.levels, t.channels, channels);
    FUZZ_CHECK(known_levels(t.levels, set));
  }
  bool rounded(const std::string&, const PackedAttention& a) const { return a.rounded(); }
  void exp_table(const std::string&, const PackedAttention& a, std::int64_t width) {
    const std::int64_t last =
        a.score_minimum + a.score_step * (static_cast<std::int64_t>(a.exp_table.size()) - 1);
    // Two signed codes of at most 16 levels multiply to at most (-8) * (-8).
    FUZZ_CHECK(a.score_step >= 1 && a.score_minimum >= -56 * width && last <= 64 * width);
    FUZZ_CHECK(std::is_sorted(a.exp_table.begin(), a.exp_table.end()));
    FUZZ_CHECK(a.exp_table.front() >= 0 && a.exp_table.back() > 0);
  }
  void probability_cuts(const std::string&, std::span<const double> cuts) {
    FUZZ_CHECK(std::is_sorted(cuts.begin(), cuts.end()) && cuts.front() > 0 && cuts.size() < 256);
  }
  bool ngrams(const PackedNgrams& ngrams, std::int64_t outputs) {
    FUZZ_CHECK(ngrams.weight.size() == static_cast<std::size_t>(ngrams.buckets * outputs));
    FUZZ_CHECK((ngrams.buckets & (ngrams.buckets - 1)) == 0 && ngrams.buckets != 1);
    return !ngrams.empty();
  }

 private:
  static std::size_t count(const std::vector<std::int64_t>& shape) {
    std::size_t product = 1;
    for (const std::int64_t dimension : shape) product *= static_cast<std::size_t>(dimension);
    return product;
  }
  template <class T>
  static void ascending(std::span<const T> values, int levels, std::int64_t channels,
                        std::int64_t expected) {
    FUZZ_CHECK(channels == expected && levels >= 2);
    const auto stride = static_cast<std::size_t>(channels);
    FUZZ_CHECK(values.size() == static_cast<std::size_t>(levels - 1) * stride);
    for (std::size_t i = stride; i < values.size(); ++i)
      FUZZ_CHECK(values[i - stride] <= values[i]);
  }
};

}  // namespace
}  // namespace bitcpp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bitcpp;
  try {
    const PackedModel model = read_packed_model(SafetensorsFile::parse({data, size}, "fuzz"));
    Checker checker;
    PackedSchema(checker, model);
    FUZZ_CHECK(model.config.max_length <= model.config.max_position_embeddings);
    FUZZ_CHECK(model.head.outputs >= 1 && model.file->file_bytes() == size);
    FUZZ_CHECK(parse_packed_config(packed_config_json(model.config, ""), "fuzz").labels ==
               model.config.labels);
  } catch (const Error& error) {
    const std::string_view message = error.what();
    FUZZ_CHECK(message.starts_with("fuzz: ") && message.size() < 1000);
    FUZZ_CHECK(message.find('\n') == message.npos);
  }
  return 0;
}
