#include "format/packed_reader.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "base/error.h"
#include "format/dtype.h"
#include "format/packed_schema.h"
#include "format/quote_name.h"
#include "format/strict_json.h"

namespace bitcpp {
namespace {

using Shape = std::vector<std::int64_t>;
constexpr std::int64_t kMostNgrams = 1 << 24;

/// The archive of PackedSchema that fills a model, checking each tensor against schema and sense.
class TensorReader {
 public:
  TensorReader(const std::string& file, const std::map<std::string, TensorView>& tensors,
               AlignedCopies& copies, int version)
      : file_(file), tensors_(tensors), copies_(copies), version_(version) {}

  void signs(const std::string& name, SignMatrix& matrix, std::int64_t rows, std::int64_t cols) {
    const std::int64_t row_bytes = (cols + 7) / 8;
    matrix = {rows, cols, find(name, DType::kU8, {rows, row_bytes}).bytes};
    if (cols % 8 == 0) return;
    const auto padding = static_cast<std::uint8_t>(0xFF << (cols % 8));
    for (std::int64_t row = 0; row < rows; ++row) {
      if (matrix.bits[(row + 1) * row_bytes - 1] & padding) {
        refuse(name, "has padding bits set in row " + std::to_string(row));
      }
    }
  }

  void halves(const std::string& name, std::span<const std::uint16_t>& values, const Shape& shape) {
    values = elements<std::uint16_t>(find(name, DType::kF16, shape));
    for (std::uint16_t half : values) {
      if ((half & 0x7C00) == 0x7C00) refuse(name, "holds a number that is not finite");
    }
  }

  void floats(const std::string& name, std::span<const float>& values, const Shape& shape) {
    values = elements<float>(find(name, DType::kF32, shape));
    check_finite(name, values);
  }

  void thresholds(const std::string& name, FloatThresholds& thresholds, std::int64_t channels) {
    const TensorView& view = find(name);
    thresholds.levels = levels(name, view, DType::kF32, channels, CodeSet::kSigned);
    thresholds.channels = channels;
    thresholds.values = elements<float>(view);
    check_finite(name, thresholds.values);
    check_ascending(name, thresholds.values, channels);
  }

  void thresholds(const std::string& name, IntegerThresholds& thresholds, std::int64_t channels,
                  CodeSet set) {
    const TensorView& view = find(name);
    const DType dtype = view.dtype == DType::kI32 ? DType::kI32 : DType::kI16;
    thresholds.levels = levels(name, view, dtype, channels, set);
    thresholds.channels = channels;
    if (dtype == DType::kI32) {
      const auto stored = elements<std::int32_t>(view);
      thresholds.values.assign(stored.begin(), stored.end());
    } else {
      for (std::int16_t value : elements<std::int16_t>(view))
        thresholds.values.push_back(widened(value));
    }
    check_ascending<std::int32_t>(name, thresholds.values, channels);
  }

  /// From version 2 on the presence of a score's scale says so.
  bool rounded(const std::string& prefix, PackedAttention& attention) const {
    if (version_ < 2 || !tensors_.contains(prefix + "score_scale")) return false;
    for (BinarizingLinear* linear : {&attention.query, &attention.key, &attention.value})
      linear->output.levels = 256;
    return true;
  }

  void exp_table(const std::string& prefix, PackedAttention& attention, std::int64_t width) {
    const ScoreRange range =
        score_range(width, attention.query.output.levels, attention.key.output.levels);
    const auto scores = elements<std::int32_t>(find(prefix + "scores", DType::kI32, {2}));
    if (scores[0] != range.minimum || scores[1] != range.step) {
      refuse(prefix + "scores", "is " + shape_text({scores[0], scores[1]}) + ", expected " +
                                    shape_text({range.minimum, range.step}) +
                                    " (least score and step of these levels)");
    }
    attention.score_minimum = scores[0];
    attention.score_step = scores[1];
    const std::string name = prefix + "exp_table";
    attention.exp_table = elements<double>(find(name, DType::kF64, {range.count}));
    check_finite(name, attention.exp_table);
    check_ascending(name, attention.exp_table, 1);
    if (attention.exp_table.front() < 0) refuse(name, "holds a negative number");
    if (attention.exp_table.back() == 0) refuse(name, "holds zeros alone");
  }

  void probability_cuts(const std::string& name, std::span<const double>& cuts) {
    const TensorView& view = find(name);
    const bool fits = view.dtype == DType::kF64 && view.shape.size() == 1 && view.shape[0] < 256 &&
                      known_levels(view.shape[0] + 1, CodeSet::kUnsigned);
    if (!fits) refuse_shape(name, view, "F64 [levels - 1], levels 2 to 256");
    cuts = elements<double>(view);
    check_finite(name, cuts);
    check_ascending(name, cuts, 1);
    if (cuts.front() <= 0) refuse(name, "holds a cut that is not positive");
  }

  /// From version 3 on the presence of its weights says so.
  bool ngrams(PackedNgrams& ngrams, std::int64_t outputs) {
    const std::string name = "ngrams.weight";
    if (version_ < 3 || !tensors_.contains(name)) return false;
    const TensorView& view = find(name);
    const std::int64_t buckets = view.shape.empty() ? 0 : view.shape[0];
    const bool fits = view.dtype == DType::kI8 && view.shape.size() == 2 &&
                      view.shape[1] == outputs && buckets >= 2 && buckets <= kMostNgrams &&
                      std::has_single_bit(static_cast<std::uint64_t>(buckets));
    if (!fits)
      refuse_shape(name, view, "I8 [a power of two to 2^24, " + std::to_string(outputs) + "]");
    ngrams.buckets = buckets;
    ngrams.weight = elements<std::int8_t>(view);
    return true;
  }

  std::string_view text(const std::string& name) {
    const TensorView& view = find(name);
    if (view.dtype != DType::kU8 || view.shape.size() != 1) refuse_shape(name, view, "U8 [bytes]");
    return {reinterpret_cast<const char*>(view.bytes.data()), view.bytes.size()};
  }

  /// After everything known was read.
  void refuse_unknown() const {
    for (const auto& [name, view] : tensors_) {
      if (!known_.contains(name)) throw Error(file_ + ": unknown tensor " + quote_name(name));
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& what) const {
    throw Error(file_ + ": tensor " + quote_name(name) + " " + what);
  }
  [[noreturn]] void refuse_shape(const std::string& name, const TensorView& view,
                                 const std::string& expected) const {
    refuse(name, std::string("is ") + dtype_name(view.dtype) + " " + shape_text(view.shape) +
                     ", expected " + expected);
  }

  const TensorView& find(const std::string& name) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw Error(file_ + ": no tensor " + quote_name(name));
    known_.insert(name);
    return found->second;
  }
  const TensorView& find(const std::string& name, DType dtype, const Shape& shape) {
    const TensorView& view = find(name);
    if (view.dtype != dtype || view.shape != shape) {
      refuse_shape(name, view, std::string(dtype_name(dtype)) + " " + shape_text(shape));
    }
    return view;
  }

  int levels(const std::string& name, const TensorView& view, DType dtype, std::int64_t channels,
             CodeSet set) const {
    const bool fits = view.dtype == dtype && view.shape.size() == 2 && view.shape[1] == channels &&
                      view.shape[0] < 256 && known_levels(view.shape[0] + 1, set);
    if (!fits) {
      refuse_shape(name, view,
                   std::string(dtype == DType::kF32 ? "F32" : "I16 or I32") + " [levels - 1, " +
                       std::to_string(channels) + "], levels " +
                       (set == CodeSet::kSigned ? "2, 3, 4 or 16" : "2 to 256"));
    }
    return static_cast<int>(view.shape[0] + 1);
  }

  template <class T>
  std::span<const T> elements(const TensorView& view) {
    const std::size_t count = view.bytes.size() / sizeof(T);
    const std::uint8_t* bytes = view.bytes.data();
    if (reinterpret_cast<std::uintptr_t>(bytes) % alignof(T) != 0) {
      auto& copy = copies_.emplace_back((view.bytes.size() + 7) / 8);
      std::memcpy(copy.data(), bytes, view.bytes.size());
      bytes = reinterpret_cast<const std::uint8_t*>(copy.data());
    }
    return {reinterpret_cast<const T*>(bytes), count};
  }

  static std::int32_t widened(std::int16_t value) {
    if (value == std::numeric_limits<std::int16_t>::min())
      return std::numeric_limits<std::int32_t>::min();
    if (value == std::numeric_limits<std::int16_t>::max())
      return std::numeric_limits<std::int32_t>::max();
    return value;
  }

  template <class T>
  void check_finite(const std::string& name, std::span<const T> values) const {
    if (!std::all_of(values.begin(), values.end(), [](T value) { return std::isfinite(value); })) {
      refuse(name, "holds a number that is not finite");
    }
  }

  template <class T>
  void check_ascending(const std::string& name, std::span<const T> values,
                       std::size_t channels) const {
    for (std::size_t i = channels; i < values.size(); ++i) {
      if (values[i] < values[i - channels]) {
        refuse(name, "is not ascending at channel " + std::to_string(i % channels));
      }
    }
  }

  const std::string& file_;
  const std::map<std::string, TensorView>& tensors_;
  AlignedCopies& copies_;
  int version_;
  std::set<std::string> known_;
};

/// Checks the version's form and value.
int read_version(const std::string& file, const std::map<std::string, std::string>& metadata) {
  const auto version = metadata.find("version");
  if (version == metadata.end()) throw Error(file + ": no key 'version' in the metadata");
  for (int known = 1; known <= kPackedVersion; ++known)
    if (version->second == std::to_string(known)) return known;
  throw Error(file + ": packed model of version " + quote_name(version->second) +
              ", this program reads up to '" + std::to_string(kPackedVersion) + "'");
}

/// Checks the metadata's keys; returns the configuration.
PackedConfig read_metadata(const std::string& file,
                           const std::map<std::string, std::string>& metadata, PackedModel& model) {
  const auto format = metadata.find("format");
  if (format == metadata.end() || format->second != "bitcpp") {
    throw Error(file + ": not a packed model (its metadata has no format 'bitcpp')");
  }
  read_version(file, metadata);
  for (const auto& [key, value] : metadata) {
    if (key == "recipe")
      model.recipe = value;
    else if (key == "provenance")
      model.provenance = value;
    else if (key == "metrics")
      model.metrics = value;
    else if (key != "format" && key != "version" && key != "config")
      throw Error(file + ": unknown key " + quote_name(key) + " in the metadata");
  }
  if (!model.provenance.empty()) parse_strict_json(model.provenance, file + ": provenance");
  if (!model.metrics.empty()) parse_strict_json(model.metrics, file + ": metrics");
  const auto config = metadata.find("config");
  if (config == metadata.end()) throw Error(file + ": no key 'config' in the metadata");
  return parse_packed_config(config->second, file);
}

/// What 8-bit attention divides by or by whose reciprocal it multiplies.
void check_scales(const std::string& file, const PackedModel& model) {
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedAttention& a = model.layers[i].attention;
    if (!a.rounded()) continue;
    for (const auto& scale : {a.score_scale, a.probability_scale, a.query.rounding.inverse,
                              a.key.rounding.inverse, a.value.rounding.inverse}) {
      if (!(scale.front() > 0))
        throw Error(file + ": layers." + std::to_string(i) +
                    ".attention has a scale that is not positive");
    }
  }
}

void check_vocabulary(const std::string& file, const PackedModel& model) {
  const std::string_view text = model.vocabulary;
  std::int64_t lines = std::count(text.begin(), text.end(), '\n');
  if (!text.empty() && text.back() != '\n') ++lines;
  if (lines != model.config.vocab_size) {
    throw Error(file + ": tensor 'vocabulary' has " + std::to_string(lines) +
                " lines, vocab_size is " + std::to_string(model.config.vocab_size));
  }
}

}  // namespace

PackedModel read_packed_tensors(const std::string& file,
                                const std::map<std::string, std::string>& metadata,
                                const std::map<std::string, TensorView>& tensors,
                                AlignedCopies& copies) {
  PackedModel model;
  model.config = read_metadata(file, metadata, model);
  TensorReader reader(file, tensors, copies, read_version(file, metadata));
  model.vocabulary = reader.text("vocabulary");
  check_vocabulary(file, model);
  model.layers.resize(static_cast<std::size_t>(model.config.num_hidden_layers));
  PackedSchema(reader, model);
  model.head.outputs = static_cast<std::int64_t>(model.head.bias.size());
  check_scales(file, model);
  reader.refuse_unknown();
  return model;
}

PackedModel read_packed_model(SafetensorsFile file) {
  struct Owner {
    SafetensorsFile file;
    AlignedCopies copies;
  };
  auto owner = std::make_shared<Owner>();
  owner->file = std::move(file);
  const SafetensorsFile& source = owner->file;
  PackedModel model = read_packed_tensors(source.path().string(), source.metadata(),
                                          source.tensors(), owner->copies);
  model.file = {owner, &source};
  return model;
}

PackedModel open_packed_model(const std::filesystem::path& path) {
  return read_packed_model(SafetensorsFile::open(path));
}

}  // namespace bitcpp
