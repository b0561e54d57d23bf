// Text that has to be UTF-8 for a parser that insists on it.
#pragma once

#include <string>
#include <string_view>

namespace bitcpp {

/// `text` with U+FFFD for every maximal ill-formed subsequence (Unicode 3.9, table 3-7).
std::string repair_utf8(std::string_view text);

}  // namespace bitcpp
