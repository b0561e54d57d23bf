// The sections of report.html, each from what a run left. A section whose data are not there is "".
#pragma once

#include <string>

#include "report/run_record.h"

namespace bitcpp {

/// The table of results, with what each row keeps of the teacher's lead over counting words.
std::string result_section(const RunRecord& run);
/// Metric against time per text: the front of the task.
std::string front_section(const RunRecord& run);
/// Loss terms and dev metric of every stage.
std::string course_section(const RunRecord& run);
/// Scales, ones, attention, cosine and sign flips of the binarized stages.
std::string inside_section(const RunRecord& run);
/// Confusion matrices, or predicted against actual values, of the teacher and the last student.
std::string confusion_section(const RunRecord& run);
/// Texts that the teacher and the last student judge differently.
std::string examples_section(const RunRecord& run);

/// The metric by which a stage's best state is chosen: "accuracy", "pearson", or "f1" where
/// `metrics` is of tagging or question answering.
std::string main_metric_of(const RunRecord& run);

}  // namespace bitcpp
