#include "format/safetensors_header.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "format/dtype.h"
#include "format/quote_name.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMostDimensions = 16;

/// Builds the header while the parser walks the text, so that anything out of place (nesting above
/// all) is refused where it stands and nothing but the header itself is ever held.
class HeaderHandler final : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderHandler(const std::string& file) : file_(file) {}
  SafetensorsHeader header;

  bool null() override { refuse("null"); }
  bool boolean(bool) override { refuse("a boolean"); }
  bool number_float(double, const std::string&) override { refuse("a number that is no integer"); }
  bool binary(Json::binary_t&) override { refuse("binary data"); }
  bool number_integer(std::int64_t) override { refuse("a negative number"); }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::kShape) {
      if (value > std::numeric_limits<std::int64_t>::max()) refuse("a dimension over 2^63 - 1");
      if (entry_.shape.size() == kMostDimensions) refuse("more than 16 dimensions");
      entry_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::kOffsets) {
      if (offsets_ == 2) refuse("more than two data_offsets");
      entry_.offsets[offsets_++] = value;
    } else {
      refuse("a number");
    }
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::kMetadata) {
      header.metadata[key_] = value;
    } else if (place_ == Place::kTensor && key_ == "dtype") {
      const auto dtype = dtype_from_name(value);
      if (!dtype) refuse("the unknown dtype " + quote_name(value));
      entry_.dtype = *dtype;
    } else {
      refuse("a string");
    }
    return true;
  }

  bool key(std::string& value) override {
    key_ = value;
    if (place_ == Place::kTop) {
      name_ = value;
      const bool twice = value == "__metadata__" ? seen_metadata_ : header.tensors.contains(value);
      if (twice) throw Error(file_ + ": key " + quote_name(value) + " given twice in the header");
    } else if (place_ == Place::kMetadata) {
      if (!header.metadata.emplace(value, "").second)
        refuse("the key " + quote_name(value) + " twice");
    } else {
      bool* seen = value == "dtype"          ? &seen_dtype_
                   : value == "shape"        ? &seen_shape_
                   : value == "data_offsets" ? &seen_offsets_
                                             : nullptr;
      if (!seen) refuse("the unknown key " + quote_name(value));
      if (*seen) refuse("the key " + quote_name(value) + " twice");
      *seen = true;
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::kBefore) {
      place_ = Place::kTop;
    } else if (place_ == Place::kTop && name_ == "__metadata__") {
      seen_metadata_ = true;
      place_ = Place::kMetadata;
    } else if (place_ == Place::kTop) {
      place_ = Place::kTensor;
      entry_ = {};
      offsets_ = 0;
      seen_dtype_ = seen_shape_ = seen_offsets_ = false;
    } else {
      refuse("an object");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTensor) {
      const char* missing = !seen_dtype_ ? "dtype" : !seen_shape_ ? "shape" : "data_offsets";
      if (!seen_dtype_ || !seen_shape_ || !seen_offsets_) refuse(std::string("no ") + missing);
      header.tensors.emplace(std::move(name_), std::move(entry_));
    }
    place_ = Place::kTop;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::kTensor && key_ == "shape") {
      place_ = Place::kShape;
    } else if (place_ == Place::kTensor && key_ == "data_offsets") {
      place_ = Place::kOffsets;
    } else {
      refuse("an array");
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::kOffsets && offsets_ != 2) refuse("fewer than two data_offsets");
    place_ = Place::kTensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    throw Error(file_ + ": the header is not JSON at its byte " + std::to_string(position));
  }

 private:
  enum class Place { kBefore, kTop, kMetadata, kTensor, kShape, kOffsets };

  [[noreturn]] void refuse(const std::string& found) const {
    if (place_ == Place::kBefore) throw Error(file_ + ": the header is not a JSON object");
    const bool in_metadata = place_ == Place::kMetadata || name_ == "__metadata__";
    throw Error(file_ + ": header of " +
                (in_metadata ? "__metadata__" : "tensor " + quote_name(name_)) + " has " + found +
                (in_metadata ? ", expected an object of strings" : ""));
  }

  const std::string& file_;
  Place place_ = Place::kBefore;
  std::string name_, key_;
  TensorEntry entry_;
  std::size_t offsets_ = 0;
  bool seen_metadata_ = false, seen_dtype_ = false, seen_shape_ = false, seen_offsets_ = false;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file) {
  if (!json.starts_with('{')) throw Error(file + ": the header does not begin with '{'");
  // The parser takes a NUL for the end of the text and would ignore what follows.
  if (json.find('\0') != json.npos) throw Error(file + ": the header contains a NUL byte");
  HeaderHandler handler(file);
  Json::sax_parse(json.begin(), json.end(), &handler);
  return std::move(handler.header);
}

}  // namespace bitcpp
