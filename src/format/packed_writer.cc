#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"
#include "format/dtype.h"
#include "format/packed_reader.h"
#include "format/packed_schema.h"
#include "format/quote_name.h"

namespace bitcpp {
namespace {

using Shape = std::vector<std::int64_t>;
constexpr std::int32_t kAlways = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

template <class T>
std::span<const std::uint8_t> bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

/// The archive of PackedSchema that collects a model's tensors as views of the model and of
/// `narrowed`.
class TensorCollector {
 public:
  explicit TensorCollector(const std::string& file) : file_(file) {}
  std::map<std::string, TensorView> tensors;

  void add(const std::string& name, DType dtype, const Shape& shape,
           std::span<const std::uint8_t> bytes) {
    if (tensor_bytes(dtype, shape) != bytes.size()) {
      throw Error(file_ + ": tensor " + quote_name(name) + " of the model has " +
                  std::to_string(bytes.size()) + " bytes, expected " + dtype_name(dtype) + " " +
                  shape_text(shape));
    }
    tensors.emplace(name, TensorView{dtype, shape, bytes});
  }

  void signs(const std::string& name, const SignMatrix& matrix, std::int64_t rows,
             std::int64_t cols) {
    if (matrix.rows != rows || matrix.cols != cols) {
      throw Error(file_ + ": tensor " + quote_name(name) + " of the model has signs " +
                  shape_text({matrix.rows, matrix.cols}) + ", expected " +
                  shape_text({rows, cols}));
    }
    add(name, DType::kU8, {rows, (cols + 7) / 8}, matrix.bits);
  }

  void halves(const std::string& name, std::span<const std::uint16_t> values, const Shape& shape) {
    add(name, DType::kF16, shape, bytes_of(values));
  }

  void floats(const std::string& name, std::span<const float> values, const Shape& shape) {
    add(name, DType::kF32, shape, bytes_of(values));
  }

  void thresholds(const std::string& name, const FloatThresholds& thresholds, std::int64_t) {
    add(name, DType::kF32, {thresholds.levels - 1, thresholds.channels},
        bytes_of(thresholds.values));
  }

  void thresholds(const std::string& name, const IntegerThresholds& thresholds, std::int64_t,
                  CodeSet) {
    const std::span<const std::int32_t> values = thresholds.values;
    const Shape shape = {thresholds.levels - 1, thresholds.channels};
    // The ends of the narrow range are taken: they mean "always" and "never".
    const bool narrow = std::all_of(values.begin(), values.end(), [](std::int32_t value) {
      return value == kAlways || value == kNever || (value > -32768 && value < 32767);
    });
    if (!narrow) return add(name, DType::kI32, shape, bytes_of(values));
    auto& stored = narrowed_.emplace_back();
    for (std::int32_t value : values) {
      stored.push_back(static_cast<std::int16_t>(std::clamp(value, -32768, 32767)));
    }
    add(name, DType::kI16, shape, bytes_of(std::span<const std::int16_t>(stored)));
  }

  bool rounded(const std::string&, const PackedAttention& attention) const {
    return attention.rounded();
  }

  void exp_table(const std::string& prefix, const PackedAttention& attention, std::int64_t) {
    const auto count = static_cast<std::int64_t>(attention.exp_table.size());
    add(prefix + "exp_table", DType::kF64, {count}, bytes_of(attention.exp_table));
    const auto& scores =
        scores_.emplace_back(std::array{attention.score_minimum, attention.score_step});
    add(prefix + "scores", DType::kI32, {2}, bytes_of(std::span<const std::int32_t>(scores)));
  }

  void probability_cuts(const std::string& name, std::span<const double> cuts) {
    add(name, DType::kF64, {static_cast<std::int64_t>(cuts.size())}, bytes_of(cuts));
  }

  bool ngrams(const PackedNgrams& ngrams, std::int64_t outputs) {
    if (ngrams.empty()) return false;
    add("ngrams.weight", DType::kI8, {ngrams.buckets, outputs}, bytes_of(ngrams.weight));
    return true;
  }

 private:
  const std::string& file_;
  std::deque<std::vector<std::int16_t>> narrowed_;
  std::deque<std::array<std::int32_t, 2>> scores_;
};

}  // namespace

int packed_version(const PackedModel& model) {
  if (!model.ngrams.empty()) return 3;
  const auto rounded = [](const PackedLayer& layer) { return layer.attention.rounded(); };
  return std::any_of(model.layers.begin(), model.layers.end(), rounded) ? 2 : 1;
}

void write_packed_model(const std::filesystem::path& path, const PackedModel& model) {
  const std::string file = path.string();
  if (static_cast<std::int64_t>(model.layers.size()) != model.config.num_hidden_layers) {
    throw Error(file + ": the model has " + std::to_string(model.layers.size()) +
                " layers, num_hidden_layers is " + std::to_string(model.config.num_hidden_layers));
  }
  std::map<std::string, std::string> metadata = {
      {"format", "bitcpp"},
      {"version", std::to_string(packed_version(model))},
      {"config", packed_config_json(model.config, file)}};
  if (!model.recipe.empty()) metadata["recipe"] = model.recipe;
  if (!model.provenance.empty()) metadata["provenance"] = model.provenance;
  if (!model.metrics.empty()) metadata["metrics"] = model.metrics;

  TensorCollector collector(file);
  const auto vocabulary_bytes = static_cast<std::int64_t>(model.vocabulary.size());
  collector.add("vocabulary", DType::kU8, {vocabulary_bytes},
                bytes_of(std::span<const char>(model.vocabulary)));
  PackedSchema(collector, model);
  // Nothing is written that the reader would refuse.
  AlignedCopies copies;
  read_packed_tensors(file, metadata, collector.tensors, copies);
  write_safetensors(path, collector.tensors, metadata);
}

}  // namespace bitcpp
