// The caller's texts as the rooms below take them.
#pragma once

#include <vector>

#include "bitcpp/bitcpp.h"
#include "model/answerer.h"
#include "model/sequence_runner.h"
#include "model/tagger.h"

namespace bitcpp {

/// Views of the caller's memory. All throw Error, naming the place from 1, for a null pointer with
/// a size, for a text that is too long to count in 32 bits, and where a pair is missing or too
/// many.
std::vector<TextInput> text_inputs(const bitcpp_text* texts, std::size_t count);
std::vector<TagInput> tag_inputs(const bitcpp_text* texts, std::size_t count);
std::vector<Question> questions(const bitcpp_text* texts, std::size_t count);

}  // namespace bitcpp
