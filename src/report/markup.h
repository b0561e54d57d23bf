// Text and numbers as they stand in a page: escaped, short, the same in every locale.
#pragma once

#include <string>
#include <string_view>

namespace bitcpp {

/// `text` for HTML, between tags and in quoted attributes alike; bytes that are no UTF-8 become
/// U+FFFD.
std::string escaped(std::string_view text);

/// At most `digits` significant digits, no exponent between 1e-4 and 1e6; "" for what is no number.
std::string short_number(double value, int digits = 4);

/// `share` as per cent with two decimals: "98.57 %"; "" for what is no number.
std::string percent(double share);

/// "3.68 MB", "12.0 KB".
std::string megabytes(double bytes);

/// "5 µs", "0.24 ms", "6.10 ms", "1.2 s".
std::string duration(double microseconds);

/// The colour of line `index` of `count`: few lines get colours that are easy to tell apart, many
/// (layers) a ramp from blue to orange. Readable on white and on black.
std::string line_colour(std::size_t index, std::size_t count);

}  // namespace bitcpp
