// The curves of every stage: loss terms, metric on the development file.
#include <algorithm>
#include <cmath>

#include "report/markup.h"
#include "report/plot.h"
#include "report/sections.h"

namespace bitcpp {
namespace {

using nlohmann::json;

/// The loss terms in the order in which the log has them first.
std::vector<std::string> loss_terms(const StageRecord& stage) {
  std::vector<std::string> terms;
  if (stage.losses.empty()) return terms;
  for (const auto& [key, value] : stage.losses.back().items())
    if (key.rfind("loss_", 0) == 0 && value.is_number()) terms.push_back(key);
  return terms;
}

std::string loss_plot(const StageRecord& stage) {
  std::vector<Curve> curves;
  const std::vector<std::string> terms = loss_terms(stage);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    Curve curve{terms[i].substr(5), {}, {}, line_colour(i, terms.size())};
    for (const json& line : stage.losses) {
      curve.x.push_back(number_at(line, "epoch"));
      curve.y.push_back(number_at(line, terms[i].c_str()));
    }
    curves.push_back(curve);
  }
  if (curves.empty()) return "";
  PlotOptions options;
  options.title = stage.name + ": loss";
  options.x_label = "epoch";
  options.zero_x = options.log_y = true;
  return curve_plot(curves, options);
}

/// What the development file is measured by, in the order of the log.
std::vector<std::string> metric_names(const StageRecord& stage) {
  std::vector<std::string> names;
  if (stage.evaluations.empty() || !stage.evaluations.back()["dev"].is_object()) return names;
  for (const auto& [name, value] : stage.evaluations.back()["dev"].items())
    if (name != "n" && value.is_number()) names.push_back(name);
  return names;
}

std::string metric_plot(const StageRecord& stage) {
  std::vector<Curve> curves;
  // Steps and epochs keep one ratio within a stage, which any loss line tells.
  const double per_step = stage.losses.empty() ? std::nan("")
                                               : number_at(stage.losses.back(), "epoch") /
                                                     number_at(stage.losses.back(), "step");
  for (const std::string& name : metric_names(stage)) {
    Curve curve{name, {}, {}, ""};
    for (const json& line : stage.evaluations) {
      curve.x.push_back(number_at(line, "step") * per_step);
      curve.y.push_back(number_at(line["dev"], name.c_str()));
    }
    curves.push_back(curve);
  }
  if (curves.empty()) return "";
  for (std::size_t i = 0; i < curves.size(); ++i) curves[i].colour = line_colour(i, curves.size());
  PlotOptions options;
  options.title = stage.name + ": development file";
  options.x_label = "epoch";
  options.zero_x = true;
  // Shares, unlike pretraining's hidden_loss.
  options.percent_y = std::all_of(curves.begin(), curves.end(), [](const Curve& curve) {
    return std::all_of(curve.y.begin(), curve.y.end(), [](double y) { return !(std::abs(y) > 1); });
  });
  return curve_plot(curves, options);
}

}  // namespace

std::string course_section(const RunRecord& run) {
  std::string html;
  for (const StageRecord& stage : run.stages) html += loss_plot(stage) + metric_plot(stage);
  if (html.empty()) return "";
  return "<h2>Course</h2>\n<p class=\"soft\">Losses are means since the line before, without the "
         "recipe's weights, on a logarithmic axis.</p>\n<div class=\"grid-2\">\n" +
         html + "</div>\n";
}

}  // namespace bitcpp
