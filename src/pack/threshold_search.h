// Integer thresholds for float decisions.
#pragma once

#include <cstdint>
#include <limits>

namespace bitcpp {

/// The smallest n in [low, high] for which `reaches(n)` holds, where it holds for every larger one
/// too; INT32_MIN when it holds everywhere ("always"), INT32_MAX when nowhere ("never").
template <typename Predicate>
std::int32_t smallest_reaching(std::int32_t low, std::int32_t high, const Predicate& reaches) {
  if (reaches(low)) return std::numeric_limits<std::int32_t>::min();
  if (!reaches(high)) return std::numeric_limits<std::int32_t>::max();
  while (high - low > 1) {  // reaches(high), not reaches(low)
    const std::int32_t middle = low + (high - low) / 2;
    (reaches(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace bitcpp
