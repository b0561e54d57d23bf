// Memory at cache-line boundaries, which 64-byte loads like.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace bitcpp {

template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, kAlignment); }
  bool operator==(const AlignedAllocator&) const { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// Scratch memory that only grows: at least `count` items after `grow`, contents undefined.
template <class T>
class GrowingBuffer {
 public:
  T* grow(std::size_t count) {
    if (memory_.size() < count) memory_.resize(count);
    return memory_.data();
  }
  T* data() { return memory_.data(); }

 private:
  AlignedVector<T> memory_;
};

}  // namespace bitcpp
