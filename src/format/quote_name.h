// Names out of foreign files, made fit for a one-line error message.
#pragma once

#include <string>
#include <string_view>

namespace bitcpp {

/// `name` in single quotes: control characters become `?`, and what exceeds 80 bytes becomes `...`,
/// cut at a UTF-8 boundary.
std::string quote_name(std::string_view name);

}  // namespace bitcpp
