#include "text/normalizer.h"

#include <algorithm>

#include "text/unicode.h"

namespace bitcpp {

using unicode::properties;

namespace {
constexpr char32_t kCapitalDottedI = 0x130, kCombiningDotAbove = 0x307;
}

void Normalizer::push(char32_t point, Offset source) {
  const std::uint8_t found = properties(point);
  if (found & unicode::kRemoved) return;
  if (found & unicode::kSpace) {
    decompose(' ', unicode::kSpace, source);
  } else if ((found & unicode::kChinese) && options_.chinese_characters) {
    decompose(' ', unicode::kSpace, source);
    decompose(point, found, source);
    decompose(' ', unicode::kSpace, source);
  } else {
    decompose(point, found, source);
  }
}

void Normalizer::finish() {
  flush_marks();
  words_.finish();
}

void Normalizer::decompose(char32_t point, std::uint8_t found, Offset source) {
  if (!options_.strip_accents) return emit(point, found, source);
  if (!(found & (unicode::kDecomposed | unicode::kCombining))) {
    flush_marks();
    previous_ = source;
    if (!(found & unicode::kMark)) emit(point, found, source);
    return;
  }
  if (!(found & unicode::kDecomposed)) return decomposed(point, false, source);
  char32_t parts[unicode::kMaxDecomposition];
  const std::size_t count = unicode::decompose(point, parts);
  for (std::size_t i = 0; i < count; ++i) decomposed(parts[i], i > 0, source);
}

void Normalizer::decomposed(char32_t point, bool inserted, Offset source) {
  const std::uint8_t found = properties(point);
  if (found & unicode::kCombining) {
    marks_.push_back({point, unicode::combining_class(point), inserted});
    if (!inserted) mark_sources_.push_back(source);
    any_mark_stays_ |= !(found & unicode::kMark);
    return;
  }
  flush_marks();
  if (!inserted) previous_ = source;
  if (!(found & unicode::kMark)) emit(point, found, previous_);
}

void Normalizer::flush_marks() {
  if (marks_.empty()) return;
  // Nearly always every mark goes, and then their order does not matter.
  if (any_mark_stays_) {
    std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
      return a.combining_class < b.combining_class;
    });
    auto source = mark_sources_.begin();
    for (const Mark& mark : marks_) {
      if (!mark.inserted) previous_ = *source++;
      const std::uint8_t found = properties(mark.point);
      if (!(found & unicode::kMark)) emit(mark.point, found, previous_);
    }
  }
  marks_.clear();
  mark_sources_.clear();
  any_mark_stays_ = false;
}

void Normalizer::emit(char32_t point, std::uint8_t found, Offset source) {
  if (!options_.lowercase) return words_.add(point, found, source);
  if (point == kCapitalDottedI) {
    words_.add('i', 0, source);
    return words_.add(kCombiningDotAbove, unicode::kMark, source);
  }
  words_.add(unicode::lowercase(point, found), found, source);
}

}  // namespace bitcpp
