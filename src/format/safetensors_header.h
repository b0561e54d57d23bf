// The JSON header of a safetensors file, parsed strictly; offsets are not yet compared with the
// data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "format/safetensors.h"

namespace bitcpp {

/// What the header says of one tensor.
struct TensorEntry {
  DType dtype = DType::kU8;
  std::vector<std::int64_t> shape;
  std::array<std::uint64_t, 2> offsets = {0, 0};  // [begin, end) from the end of the header
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::map<std::string, TensorEntry> tensors;
};

/// Parses the header's JSON. Throws Error, its message beginning with `file`: not JSON, keys given
/// twice, missing or unknown, a value of the wrong type, an unknown dtype, more than 16 dimensions.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file);

}  // namespace bitcpp
