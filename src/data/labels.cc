#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "data/location.h"
#include "data/number.h"

namespace bitcpp {
namespace {

/// Numbers before words; equal numbers written differently ("1", "1.0") by their bytes.
bool comes_before(const std::string& a, const std::string& b) {
  const auto number_a = parse_number(a), number_b = parse_number(b);
  if (number_a.has_value() != number_b.has_value()) return number_a.has_value();
  if (number_a && *number_a != *number_b) return *number_a < *number_b;
  return a < b;
}

std::set<std::string> distinct_labels(const Dataset& dataset) {
  if (!dataset.has_label)
    throw Error(
        dataset.path.string() +
        ": expected a label column (label, category, intent, ..., or --columns label=NAME)");
  std::set<std::string> labels;
  for (const Example& example : dataset.examples) {
    if (dataset.kind == DataKind::kTexts) labels.insert(example.label);
    for (const TaggedWord& word : example.words) labels.insert(word.tag);
  }
  return labels;
}

}  // namespace

LabelMap::LabelMap(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (!indices_.emplace(names_[i], static_cast<int>(i)).second)
      throw Error("expected labels without repetition, found " + in_quotes(names_[i]) + " twice");
}

LabelMap LabelMap::from(const Dataset& dataset) {
  const std::set<std::string> labels = distinct_labels(dataset);
  std::vector<std::string> names(labels.begin(), labels.end());
  std::sort(names.begin(), names.end(), comes_before);
  return LabelMap(std::move(names));
}

int LabelMap::index_at(const std::filesystem::path& path, std::size_t line,
                       const std::string& label) const {
  const auto found = indices_.find(label);
  if (found == indices_.end())
    fail_at(path, line,
            "unknown label " + in_quotes(label) + ", expected one of " + list_names(names_));
  return found->second;
}

int LabelMap::index(const Dataset& dataset, const Example& example) const {
  return index_at(dataset.path, example.line, example.label);
}

int LabelMap::index(const Dataset& dataset, const TaggedWord& word) const {
  return index_at(dataset.path, word.line, word.tag);
}

namespace {

constexpr std::array<std::pair<TaskKind, const char*>, 4> kTaskNames = {
    {{TaskKind::kClassification, "classification"},
     {TaskKind::kRegression, "regression"},
     {TaskKind::kTagging, "tagging"},
     {TaskKind::kQuestionAnswering, "question-answering"}}};

const char* kind_name(DataKind kind) {
  return kind == DataKind::kTagged      ? "tagged words"
         : kind == DataKind::kQuestions ? "questions and contexts"
                                        : "labelled texts";
}

DataKind kind_for(TaskKind task) {
  return task == TaskKind::kTagging             ? DataKind::kTagged
         : task == TaskKind::kQuestionAnswering ? DataKind::kQuestions
                                                : DataKind::kTexts;
}

}  // namespace

const char* task_name(TaskKind task) {
  for (const auto& [kind, name] : kTaskNames)
    if (kind == task) return name;
  return "";
}

std::optional<TaskKind> task_by_name(std::string_view name) {
  if (name == "qa") return TaskKind::kQuestionAnswering;
  for (const auto& [kind, known] : kTaskNames)
    if (name == known) return kind;
  return {};
}

void require_task(const Dataset& dataset, TaskKind task) {
  if (dataset.kind != kind_for(task))
    throw Error(dataset.path.string() + ": holds " + kind_name(dataset.kind) + ", expected " +
                kind_name(kind_for(task)) + " for " + task_name(task));
}

TaskKind guess_task(const Dataset& dataset) {
  if (dataset.kind == DataKind::kQuestions) return TaskKind::kQuestionAnswering;
  if (dataset.kind == DataKind::kTagged) return TaskKind::kTagging;
  const std::set<std::string> labels = distinct_labels(dataset);
  if (labels.size() == 1)
    throw Error(dataset.path.string() + ": expected at least two different labels, every row has " +
                in_quotes(*labels.begin()));
  bool any_fraction = false;
  for (const std::string& label : labels) {
    const auto value = parse_number(label);
    if (!value) return TaskKind::kClassification;
    any_fraction = any_fraction || *value != std::floor(*value);
  }
  return any_fraction ? TaskKind::kRegression : TaskKind::kClassification;
}

double numeric_label(const Dataset& dataset, const Example& example) {
  const auto value = parse_number(example.label);
  if (!value)
    fail_at(dataset.path, example.line,
            "expected a number as label, found " + in_quotes(example.label));
  return *value;
}

}  // namespace bitcpp
