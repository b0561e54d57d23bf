// The configuration of a packed model as JSON, and the limits every number in it has to keep.
#pragma once

#include <string>
#include <string_view>

#include "format/packed_model.h"

namespace bitcpp {

/// Compact JSON of all fields. Throws Error, its message beginning with `file`, at text that is not
/// UTF-8.
std::string packed_config_json(const PackedConfig& config, const std::string& file);

/// The configuration in `json`: every key there, none unknown, each in its limits (docs/format.md).
/// Throws Error naming key and expectation, its message beginning with `file`.
PackedConfig parse_packed_config(std::string_view json, const std::string& file);

/// How the integers that codes stand for differ (packed_model.h).
enum class CodeSet { kSigned, kUnsigned };

/// Whether a quantizer may have that many levels: 2, 3, 4 or 16 signed, 2 to 256 unsigned.
bool known_levels(std::int64_t levels, CodeSet set);

/// The integers q . k can be: minimum + step * i for i < count.
struct ScoreRange {
  std::int64_t minimum = 0, step = 1, count = 0;
};

/// For heads `width` wide and signed codes of those levels.
ScoreRange score_range(std::int64_t width, int query_levels, int key_levels);

}  // namespace bitcpp
