// What every page carries in itself: its style, light and dark, and the few lines of script behind
// the pointer.
#pragma once

#include <string_view>

namespace bitcpp {

std::string_view page_style();
std::string_view page_script();

}  // namespace bitcpp
