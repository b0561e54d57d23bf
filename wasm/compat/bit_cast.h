// For emscripten older than 3.1.16, whose C++ library has no std::bit_cast. Included before every
// file.
#pragma once

#ifdef __cplusplus
#include <bit>

#ifndef __cpp_lib_bit_cast
namespace std {
template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}
}  // namespace std
#endif
#endif
