#include "metrics/tagging.h"

#include <algorithm>

#include "decode/entities.h"

namespace bitcpp {

void TagScore::add(std::span<const std::string_view> predicted,
                   std::span<const std::string_view> actual) {
  ++sentences_;
  words_ += actual.size();
  for (std::size_t i = 0; i < actual.size(); ++i) equal_words_ += predicted[i] == actual[i];
  const auto found = entities_of(predicted), expected = entities_of(actual);
  predicted_ += found.size();
  actual_ += expected.size();
  // Entities of one sentence do not overlap, so each can equal one other at most.
  correct_ +=
      static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [&](const Entity& entity) {
        return std::find(expected.begin(), expected.end(), entity) != expected.end();
      }));
}

}  // namespace bitcpp
