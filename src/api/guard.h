// Exceptions end here: a status and one line for the calling thread instead.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "base/error.h"
#include "bitcpp/bitcpp.h"

namespace bitcpp {

/// The model does something else than it was asked for.
class WrongTask : public Error {
 public:
  using Error::Error;
};

/// Throws Error naming the argument when it is null.
inline void require(const void* pointer, const char* name) {
  if (pointer == nullptr) throw Error(std::string(name) + ": expected more than a null pointer");
}

/// Keeps the line for bitcpp_last_error(); a line that finds no memory is left out. Returns
/// `status`.
bitcpp_status fail(bitcpp_status status, const char* message) noexcept;

/// Calls `work`; every exception becomes a status.
template <class Work>
bitcpp_status guarded(const Work& work) noexcept {
  try {
    work();
    return BITCPP_OK;
  } catch (const WrongTask& error) {
    return fail(BITCPP_WRONG_TASK, error.what());
  } catch (const Error& error) {
    return fail(BITCPP_BAD_INPUT, error.what());
  } catch (const std::bad_alloc&) {
    return fail(BITCPP_NO_MEMORY, "not enough memory");
  } catch (const std::exception& error) {
    return fail(BITCPP_INTERNAL, error.what());
  } catch (...) {
    return fail(BITCPP_INTERNAL, "unknown exception");
  }
}

}  // namespace bitcpp
