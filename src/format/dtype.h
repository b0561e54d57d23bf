// Element types by name.
#pragma once

#include <optional>
#include <string_view>

#include "format/safetensors.h"

namespace bitcpp {

/// The type of that name ("U8", "F32", ...), or nothing.
std::optional<DType> dtype_from_name(std::string_view name);

/// Bytes of a tensor of that type and shape, or nothing when they overflow 64 bits.
std::optional<std::uint64_t> tensor_bytes(DType dtype, const std::vector<std::int64_t>& shape);

/// "[2, 3]".
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace bitcpp
