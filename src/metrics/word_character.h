// What counts as a part of a word where Python's re is the reference.
#pragma once

#include <utf8proc.h>

namespace bitcpp {

/// Python's \w for one code point. A negative one, a byte that is not UTF-8, is none.
bool is_word_character(utf8proc_int32_t code);

}  // namespace bitcpp
