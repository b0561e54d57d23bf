// SQuAD's JSON layout, version 1.1: articles of paragraphs, each with questions that a piece of it
// answers.
#pragma once

#include <filesystem>
#include <string_view>

#include "data/dataset.h"

namespace bitcpp {

/// Whether `bytes` begin with a JSON object that has an array under "data". Looks no further than
/// that.
bool looks_like_squad(std::string_view bytes);

/// The questions of {"data": [{"paragraphs": [{"context", "qas": [{"id", "question", "answers":
/// [{"text", "answer_start"}]}]}]}]} in order, as DataKind::kQuestions; other keys are left alone.
/// `answer_start` counts code points, as Python does. A file in which no question has an answer has
/// has_label false. Bytes that are not UTF-8 are read as U+FFFD.
///
/// Throws Error naming file and place ("data[0].paragraphs[2].qas[1]: expected ...", or the line
/// where the JSON goes wrong) for what is missing or of another type, an answer that does not stand
/// at its place in the context, a question without answer among others (SQuAD 2.0), and more than
/// 1 GiB of JSON.
Dataset parse_squad(const std::filesystem::path& path, std::string_view bytes);

}  // namespace bitcpp
