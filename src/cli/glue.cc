#include "cli/glue.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "data/dataset.h"

namespace bitcpp {
namespace {

struct GlueTask {
  const char* name;
  bool pair;
  std::vector<std::string> labels;  // sorted; none: scores
};

const std::vector<GlueTask>& glue_tasks() {
  static const std::vector<std::string> binary = {"0", "1"},
                                        three = {"contradiction", "entailment", "neutral"},
                                        two = {"entailment", "not_entailment"};
  static const std::vector<GlueTask> tasks = {
      {"CoLA", false, binary},  {"SST-2", false, binary}, {"MRPC", true, binary},
      {"STS-B", true, {}},      {"QQP", true, binary},    {"MNLI-m", true, three},
      {"MNLI-mm", true, three}, {"QNLI", true, two},      {"RTE", true, two},
      {"WNLI", true, binary},   {"AX", true, three}};
  return tasks;
}

const GlueTask& find_task(const std::string& name) {
  for (const GlueTask& task : glue_tasks())
    if (task.name == name) return task;
  std::string known;
  for (const std::string& each : glue_task_names()) known += (known.empty() ? "" : ", ") + each;
  throw Error("--glue " + name + ": expected one of: " + known);
}

void check_model(const GlueTask& task, const PackedConfig& config) {
  std::vector<std::string> labels = config.labels;
  std::sort(labels.begin(), labels.end());
  if (labels != task.labels || (config.task == "regression") != task.labels.empty()) {
    std::string expected;
    for (const std::string& label : task.labels) expected += (expected.empty() ? "" : ", ") + label;
    throw Error(std::string("--glue ") + task.name + ": expected a model " +
                (task.labels.empty() ? "for regression" : "with the labels " + expected));
  }
  if (config.pair != task.pair)
    throw Error(std::string("--glue ") + task.name + ": expected a model for " +
                (task.pair ? "pairs" : "single texts"));
}

}  // namespace

std::vector<std::string> glue_task_names() {
  std::vector<std::string> names;
  for (const GlueTask& task : glue_tasks()) names.push_back(task.name);
  return names;
}

void write_glue_submission(const std::string& name, Predictor& predictor, const std::string& file,
                           std::ostream& out) {
  const GlueTask& task = find_task(name);
  check_model(task, predictor.config());
  const Dataset dataset = read_dataset(file);
  if (dataset.has_pair != task.pair)
    throw Error(file + ": expected " + (task.pair ? "pairs of texts" : "single texts"));
  std::vector<TextInput> inputs;
  for (const Example& example : dataset.examples)
    inputs.push_back({example.text, example.pair, task.pair});
  const std::vector<Prediction> predictions = predictor.predict(inputs);
  out << "index\tprediction\n";
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    out << i << '\t';
    if (task.labels.empty()) {
      char score[16];
      std::snprintf(score, sizeof score, "%.3f",
                    std::clamp(static_cast<double>(predictions[i].score), 0.0, 5.0));
      out << score;
    } else {
      out << predictor.label_name(predictions[i].label);
    }
    out << '\n';
  }
}

}  // namespace bitcpp
