// Tokens and pairs of neighbours as rows of a table (docs/format.md): tokens in its first half, by
// their ids, pairs in its second, hashed (Weinberger et al. 2009), so that the table has the size
// we choose whatever the texts hold. Words and pairs in one half, both hashed, cost two points on
// SST-2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bitcpp {

/// `rows`: of the table, a power of two from 2 to 2^31. A token whose id is beyond half of them
/// shares the row of a smaller one.
inline std::uint32_t token_row(std::uint32_t id, std::uint32_t rows) { return id & (rows / 2 - 1); }

inline std::uint32_t token_pair_row(std::uint32_t first, std::uint32_t second, std::uint32_t rows) {
  const std::uint32_t mixed = (first * 0x9E3779B1u ^ second) * 0x85EBCA6Bu;
  // The upper bits, which are mixed best.
  return rows / 2 + static_cast<std::uint32_t>(std::uint64_t{mixed} * (rows / 2) >> 32);
}

/// Calls `visit` with the row of every token and of every pair of neighbours: 2 T - 1 rows.
template <class Visit>
void visit_token_ngrams(std::span<const std::int32_t> ids, std::uint32_t rows, const Visit& visit) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto id = static_cast<std::uint32_t>(ids[i]);
    visit(token_row(id, rows));
    if (i > 0) visit(token_pair_row(static_cast<std::uint32_t>(ids[i - 1]), id, rows));
  }
}

inline std::size_t token_ngram_count(std::size_t tokens) { return 2 * tokens - 1; }

}  // namespace bitcpp
