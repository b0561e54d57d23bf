// JSON from outside, read without the leniency that hides damage.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bitcpp {

/// The value of `text`. Refuses what is not JSON, keys given twice, nesting deeper than 32 (later
/// printing is recursive) and texts over 16 MiB. Throws Error, its message beginning with `what`.
nlohmann::json parse_strict_json(std::string_view text, const std::string& what);

}  // namespace bitcpp
