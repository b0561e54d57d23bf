#include "decode/entities.h"

#include <algorithm>

namespace bitcpp {
namespace {

struct Tag {
  char prefix = 'O';
  std::string_view type;

  bool outside() const { return prefix == 'O'; }
};

Tag parse_tag(std::string_view text) {
  const std::size_t dash = text.find('-');
  // Without a dash the whole tag is a prefix without type, as conlleval.pl splits it.
  if (dash == std::string_view::npos) return {text.empty() ? 'O' : text[0], {}};
  return {dash == 0 ? 'O' : text[0], text.substr(dash + 1)};
}

bool begins(const Tag& previous, const Tag& tag) {
  if (tag.outside()) return false;
  return tag.prefix == 'B' || tag.prefix == 'S' || previous.outside() || previous.prefix == 'E' ||
         previous.prefix == 'S' || previous.type != tag.type;
}

}  // namespace

bool marks_entities(std::span<const std::string> tags) {
  constexpr std::string_view kPrefixes = "BIES";
  bool any = false;
  for (const std::string& tag : tags) {
    const bool entity =
        tag.size() > 2 && tag[1] == '-' && kPrefixes.find(tag[0]) != std::string_view::npos;
    if (!entity && tag != "O") return false;
    any = any || entity;
  }
  return any;
}

std::vector<Entity> entities_of(std::span<const std::string_view> tags) {
  std::vector<Entity> entities;
  Tag previous;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const Tag tag = parse_tag(tags[i]);
    if (begins(previous, tag))
      entities.push_back({i, i + 1, std::string(tag.type)});
    else if (!tag.outside())
      entities.back().last = i + 1;
    previous = tag;
  }
  return entities;
}

}  // namespace bitcpp
