// Scratch memory of a thread, for kernels that spread bits to bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitcpp {

/// At least `count` bytes at a cache line's boundary, contents undefined: the calling thread's
/// until it asks again. Grows, so that a thread allocates nothing once it has had its longest
/// product.
std::uint8_t* thread_bytes(std::size_t count);

}  // namespace bitcpp
