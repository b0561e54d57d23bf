#include "results/summary.h"

#include <algorithm>
#include <cmath>

namespace bitcpp {
namespace {

/// Rows of a run: at most one floor, then the teacher, then the stages.
struct Rows {
  const ResultLine *floor = nullptr, *teacher = nullptr, *student = nullptr;
};

Rows rows_of(const ResultLine& line) {
  Rows rows;
  for (const auto& row : line["rows"]) {
    const std::string name = row["name"];
    if (name.starts_with("teacher"))
      rows.teacher = &row;
    else if (rows.teacher)
      rows.student = &row;
    else
      rows.floor = &row;
  }
  return rows;
}

/// NaN where the row has no such number.
double number(const ResultLine& row, const std::string& key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_number() ? found->get<double>() : std::nan("");
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

ModelSummary model_summary(const std::vector<const ResultLine*>& rows, const std::string& metric) {
  std::vector<double> metrics, times;
  ModelSummary summary;
  for (const ResultLine* row : rows) {
    if (const double value = number(*row, metric); value == value) metrics.push_back(value);
    if (const double time = number(*row, "microseconds_per_text"); time == time)
      times.push_back(time);
    if (const double bytes = number(*row, "bytes"); bytes == bytes)
      summary.bytes = std::max(bytes, summary.bytes.value_or(0));
  }
  summary.metric = spread(metrics);
  summary.microseconds = median(times);
  return summary;
}

bool same(const ResultLine& a, const ResultLine& b, const std::vector<const char*>& keys) {
  return std::all_of(keys.begin(), keys.end(), [&](const char* key) {
    return a.value(key, ResultLine()) == b.value(key, ResultLine());
  });
}

using Lines = std::vector<const ResultLine*>;

/// `lines` in groups of equal `keys`, in order of first appearance.
std::vector<Lines> grouped(const Lines& lines, const std::vector<const char*>& keys) {
  std::vector<Lines> groups;
  for (const ResultLine* line : lines) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Lines& there) { return same(*there[0], *line, keys); });
    if (group == groups.end())
      groups.push_back({line});
    else
      group->push_back(line);
  }
  return groups;
}

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

RecipeSummary recipe_summary(const Lines& lines, const std::string& metric) {
  RecipeSummary summary;
  summary.recipe = (*lines[0])["recipe"];
  summary.settings = (*lines[0])["settings"].get<std::vector<std::string>>();
  Lines teachers, students;
  for (const ResultLine* line : lines) {
    summary.seeds.push_back((*line)["seed"].get<long>());
    const Rows rows = rows_of(*line);
    if (rows.teacher) teachers.push_back(rows.teacher);
    if (rows.student) students.push_back(rows.student);
  }
  std::sort(summary.seeds.begin(), summary.seeds.end());
  summary.teacher = model_summary(teachers, metric);
  if (students.empty()) return summary;
  summary.student = model_summary(students, metric);
  summary.student_name = (*students[0])["name"];
  return summary;
}

TaskSummary task_summary(const Lines& lines) {
  const ResultLine& first = *lines[0];
  TaskSummary summary;
  summary.task = first["task"];
  summary.model = first["model"];
  summary.metric = first["metric"];
  summary.train_texts = first.value("train_texts", 0L);
  summary.dev_texts = first.value("dev_texts", 0L);
  summary.first_date = summary.last_date = first["date"];
  Lines floors, teachers;
  std::vector<double> different;
  for (const ResultLine* line : lines) {
    const Rows rows = rows_of(*line);
    if (rows.floor) floors.push_back(rows.floor);
    if (rows.teacher) {
      const double value = number(*rows.teacher, summary.metric);
      if (std::find(different.begin(), different.end(), value) == different.end()) {
        different.push_back(value);
        teachers.push_back(rows.teacher);
      }
    }
    add_once(summary.machines, (*line)["machine"]);
    add_once(summary.commits, (*line)["commit"]);
    summary.first_date = std::min(summary.first_date, (*line)["date"].get<std::string>());
    summary.last_date = std::max(summary.last_date, (*line)["date"].get<std::string>());
  }
  if (!floors.empty()) {
    summary.floor = model_summary(floors, summary.metric);
    summary.floor_name = (*floors[0])["name"];
  }
  summary.teacher = model_summary(teachers, summary.metric);
  for (const Lines& runs : grouped(lines, {"recipe", "settings"})) {
    RecipeSummary recipe = recipe_summary(runs, summary.metric);
    if (recipe.student && summary.floor)
      recipe.retained = retained_advantage(recipe.student->metric.mean, summary.floor->metric.mean,
                                           recipe.teacher.metric.mean);
    summary.recipes.push_back(std::move(recipe));
  }
  return summary;
}

}  // namespace

Spread spread(const std::vector<double>& values) {
  Spread result;
  result.count = static_cast<int>(values.size());
  if (values.empty()) return result;
  for (double value : values) result.mean += value / static_cast<double>(values.size());
  if (values.size() < 2) return result;
  double squares = 0;
  for (double value : values) squares += (value - result.mean) * (value - result.mean);
  result.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return result;
}

std::optional<double> retained_advantage(double ours, double floor, double teacher) {
  if (!(teacher > floor)) return {};
  return (ours - floor) / (teacher - floor);
}

std::vector<TaskSummary> summarize(const std::vector<ResultLine>& results) {
  const std::vector<const char*> task{"task", "model", "metric", "train_texts", "dev_texts"};
  std::vector<const char*> run = task;
  run.insert(run.end(), {"recipe", "settings", "seed"});
  Lines latest;
  for (const ResultLine& line : results) {
    auto old = std::find_if(latest.begin(), latest.end(),
                            [&](const ResultLine* there) { return same(*there, line, run); });
    if (old == latest.end())
      latest.push_back(&line);
    else
      *old = &line;
  }
  std::vector<TaskSummary> tasks;
  for (const Lines& lines : grouped(latest, task)) tasks.push_back(task_summary(lines));
  return tasks;
}

}  // namespace bitcpp
