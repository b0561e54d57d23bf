#include "kernels/x86/thread_bytes.h"

#include "kernels/aligned.h"

namespace bitcpp {

std::uint8_t* thread_bytes(std::size_t count) {
  thread_local GrowingBuffer<std::uint8_t> bytes;
  return bytes.grow(count);
}

}  // namespace bitcpp
