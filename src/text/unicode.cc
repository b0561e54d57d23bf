#include "text/unicode.h"

#include <utf8proc.h>

#include <map>
#include <string>
#include <vector>

#include "text/unicode_ranges.h"

namespace bitcpp::unicode {
namespace {

constexpr std::size_t kPage = 256, kPages = 0x110000 / kPage;

// One byte a code point in shared pages of 256: about 40 KB that stay in the cache, where the plain
// table would take 1.1 MB.
class PropertyTable {
 public:
  PropertyTable() {
    std::vector<std::uint8_t> flat(kPages * kPage, 0);
    const auto mark_ranges = [&](auto ranges, Property property) {
      for (const auto& range : ranges) {
        for (char32_t point = range.first; point <= range.last; ++point) flat[point] |= property;
      }
    };
    mark_ranges(removed(), kRemoved);
    mark_ranges(space(), kSpace);
    mark_ranges(chinese(), kChinese);
    mark_ranges(punctuation(), kPunctuation);
    mark_ranges(mark(), kMark);
    mark_ranges(decomposed(), kDecomposed);
    mark_ranges(combining(), kCombining);
    mark_ranges(newer_lowercase(), kNewerCase);
    share_pages(flat);
  }

  std::uint8_t operator[](char32_t point) const {
    return bytes_[page_[point / kPage] * kPage + point % kPage];
  }

 private:
  void share_pages(const std::vector<std::uint8_t>& flat) {
    std::map<std::string, std::uint16_t> known;
    for (std::size_t i = 0; i < kPages; ++i) {
      const std::string page(flat.begin() + i * kPage, flat.begin() + (i + 1) * kPage);
      const auto [found, is_new] = known.emplace(page, static_cast<std::uint16_t>(known.size()));
      if (is_new) bytes_.insert(bytes_.end(), page.begin(), page.end());
      page_[i] = found->second;
    }
  }

  std::uint16_t page_[kPages];
  std::vector<std::uint8_t> bytes_;
};

const PropertyTable& table() {
  static const PropertyTable built;
  return built;
}

}  // namespace

std::uint8_t properties(char32_t point) { return table()[point]; }

std::uint8_t combining_class(char32_t point) {
  if (!(properties(point) & kCombining)) return 0;
  return static_cast<std::uint8_t>(
      utf8proc_get_property(static_cast<utf8proc_int32_t>(point))->combining_class);
}

std::size_t decompose(char32_t point, char32_t (&out)[kMaxDecomposition]) {
  utf8proc_int32_t buffer[kMaxDecomposition];
  int boundary = 0;
  const utf8proc_ssize_t length = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(point), buffer, kMaxDecomposition,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &boundary);
  if (length < 1 || length > static_cast<utf8proc_ssize_t>(kMaxDecomposition)) {
    out[0] = point;
    return 1;
  }
  for (utf8proc_ssize_t i = 0; i < length; ++i) out[i] = static_cast<char32_t>(buffer[i]);
  return static_cast<std::size_t>(length);
}

char32_t lowercase(char32_t point, std::uint8_t properties) {
  if (properties & kNewerCase) {
    for (const CaseRange& range : newer_lowercase()) {
      if (point >= range.first && point <= range.last) {
        return static_cast<char32_t>(static_cast<std::int32_t>(point) + range.distance);
      }
    }
  }
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}

}  // namespace bitcpp::unicode
