#include "api/guard.h"

namespace bitcpp {
namespace {

thread_local std::string last_error;

}  // namespace

bitcpp_status fail(bitcpp_status status, const char* message) noexcept {
  try {
    last_error = message;
  } catch (const std::bad_alloc&) {
    last_error.clear();
  }
  return status;
}

}  // namespace bitcpp

extern "C" {

const char* bitcpp_last_error(void) { return bitcpp::last_error.c_str(); }
const char* bitcpp_version(void) { return BITCPP_VERSION; }
int bitcpp_api_version(void) { return BITCPP_API_VERSION; }

}  // extern "C"
