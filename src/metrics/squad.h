// Answers to questions against those of annotators: exact match and F1 as SQuAD v1.1 scores them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bitcpp {

/// The scorer's normal form (Rajpurkar et al. 2016): lower case, without ASCII punctuation, without
/// the words a, an, the, words between single spaces. Bytes that are not UTF-8 are kept. Python's
/// final sigma is not told from the other.
std::string normalized_answer(std::string_view answer);

/// Whether the normal form equals that of any of `accepted`. False when there is none.
bool exact_match(std::string_view answer, std::span<const std::string> accepted);

/// The best F1 over `accepted` of the words in common, counted with multiplicity.
double answer_f1(std::string_view answer, std::span<const std::string> accepted);

}  // namespace bitcpp
