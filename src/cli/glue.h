// Submission files of the GLUE benchmark.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "model/predictor.h"

namespace bitcpp {

/// Names of the tasks, as the benchmark names its files: "CoLA", "SST-2", ...
std::vector<std::string> glue_task_names();

/// Answers a test file of `task` as the benchmark's site takes it: a header "index<TAB>prediction",
/// then a row for each example, counted from 0; labels as in the training files, STS-B's scores cut
/// to 0 to 5 with three decimals. The file's layout is recognised like that of any data file.
/// Throws Error for an unknown task, and for a model whose labels, kind of answer or number of
/// texts are not the task's.
void write_glue_submission(const std::string& task, Predictor& predictor, const std::string& file,
                           std::ostream& out);

}  // namespace bitcpp
