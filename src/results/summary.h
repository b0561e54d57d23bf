// Runs that differ in their seed alone, taken together: means, deviations, retained advantage.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/store.h"

namespace bitcpp {

/// Mean and sample deviation (n - 1) of some numbers.
struct Spread {
  int count = 0;
  double mean = 0;
  std::optional<double> deviation;  // of at least two
};

Spread spread(const std::vector<double>& values);

/// (ours - floor) / (teacher - floor): how much of what makes a transformer better than counting
/// words is still there. Nothing where the teacher is not above the floor.
std::optional<double> retained_advantage(double ours, double floor, double teacher);

/// One model: the floor, a teacher or a student. Metrics are shares of 1.
struct ModelSummary {
  Spread metric;
  double microseconds = 0;      // median over the runs
  std::optional<double> bytes;  // of the runs' largest file; the floor has none
};

/// The runs of one recipe with one set of settings.
struct RecipeSummary {
  std::string recipe;
  std::vector<std::string> settings;
  std::vector<long> seeds;
  ModelSummary teacher;                 // these runs' own
  std::optional<ModelSummary> student;  // none for a teacher alone
  std::string student_name;             // "W1A1 (w1a1)"
  std::optional<double> retained;       // of the means, with the runs' own teacher
};

/// All runs on one task's files with one backbone, judged by one metric.
struct TaskSummary {
  std::string task, model, metric;
  long train_texts = 0, dev_texts = 0;
  std::optional<ModelSummary> floor;
  std::string floor_name;
  ModelSummary teacher;                // over distinct metrics: recipes share teachers
  std::vector<RecipeSummary> recipes;  // in order of first appearance
  std::vector<std::string> machines, commits;
  std::string first_date, last_date;
};

/// `results` by task (with the number of its texts), backbone and metric, in order of first
/// appearance. A later line replaces an earlier one of the same task, backbone, recipe, settings
/// and seed.
std::vector<TaskSummary> summarize(const std::vector<ResultLine>& results);

}  // namespace bitcpp
