// Entities in a sequence of tags: the reading of the CoNLL shared task's scorer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// Words [first, last) of one type.
struct Entity {
  std::size_t first = 0, last = 0;
  std::string type;

  bool operator==(const Entity&) const = default;
};

/// Whether a set of tags marks entities: "O" and tags with a prefix (B-, I-, E-, S-), at least one
/// of those. Any other set (parts of speech, say) is judged word by word.
bool marks_entities(std::span<const std::string> tags);

/// The entities that conlleval.pl (Tjong Kim Sang and Buchholz, CoNLL-2000) sees in the tags of one
/// sentence: one begins at B or S, after the end of another, after O, and where the type changes;
/// it ends before B, S and O, after E and S, and where the type changes. So IOB1, IOB2, IOE and
/// IOBES are all read, and an I without a B before it begins an entity. A type is what follows the
/// first "-".
std::vector<Entity> entities_of(std::span<const std::string_view> tags);

}  // namespace bitcpp
