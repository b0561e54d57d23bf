// docs/results.md out of the store: a table for each task, published figures beside ours.
#pragma once

#include <string>
#include <vector>

#include "results/summary.h"

namespace bitcpp {

/// Somebody else's figure: {"task", "model", "method", "metric", "value" (share of 1), "source"}.
struct PublishedFigure {
  std::string task, model, method, metric, source;
  double value = 0;
};

/// One JSON object a line. Throws Error naming file and line.
std::vector<PublishedFigure> read_published(const std::filesystem::path& path);

/// One task as a Markdown table: published figures, the floor, the teacher, a row for each recipe
/// with mean, deviation, seeds, retained advantage, size and time.
std::string task_table(const TaskSummary& task, const std::vector<PublishedFigure>& published);

/// The whole page. `notes` (Markdown, may be empty) goes to its end: what did not work, say.
std::string results_page(const std::vector<TaskSummary>& tasks,
                         const std::vector<PublishedFigure>& published, const std::string& notes);

}  // namespace bitcpp
