// Numbers as labels write them.
#pragma once

#include <optional>
#include <string_view>

namespace bitcpp {

/// The value of a finite decimal number ("3", "-0.5", "+1e3", with spaces around it or not), else
/// nothing. Does not depend on the locale.
std::optional<double> parse_number(std::string_view text);

}  // namespace bitcpp
