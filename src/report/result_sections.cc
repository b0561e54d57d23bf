// The table of results and the front.
#include <cmath>
#include <limits>

#include "report/markup.h"
#include "report/plot.h"
#include "report/sections.h"

namespace bitcpp {
namespace {

using nlohmann::json;

const json& rows_of(const RunRecord& run) {
  static const json kNone = json::array();
  const auto found = run.result.find("rows");
  return found != run.result.end() && found->is_array() ? *found : kNone;
}

std::string cell(const std::string& text, bool number = true) {
  return std::string(number ? "<td class=\"number\">" : "<td>") + escaped(text) + "</td>";
}

/// The rows' metrics beside the main one, in the order a reader expects.
std::vector<std::string> other_metrics(const json& rows, const std::string& main) {
  std::vector<std::string> found;
  for (const char* name :
       {"exact_match", "f1", "precision", "recall", "accuracy", "matthews", "spearman"})
    for (const json& row : rows)
      if (name != main && std::isfinite(number_at(row, name))) {
        found.emplace_back(name);
        break;
      }
  return found;
}

/// A lead of less says more about chance than about the student: one text of 700 is 0.14 points.
constexpr double kLeastLead = 0.01;

/// (row - floor) / (teacher - floor): how much of the transformer's advantage is left. NaN where
/// there is none to keep.
double kept_lead(double value, double floor, double teacher) {
  return teacher - floor >= kLeastLead ? (value - floor) / (teacher - floor)
                                       : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string main_metric_of(const RunRecord& run) {
  if (const std::string named = text_at(run.result, "metric"); !named.empty()) return named;
  const json& metrics = rows_of(run)[0];  // a run of before the report named it
  // Of tagging, which tells the accuracy of words too, f1 of entities.
  if (metrics.contains("recall")) return "f1";
  for (const char* name : {"accuracy", "pearson"})
    if (metrics.contains(name)) return name;
  return "f1";
}

std::string result_section(const RunRecord& run) {
  const json& rows = rows_of(run);
  if (rows.empty()) return "";
  const std::string main = main_metric_of(run);
  const std::vector<std::string> others = other_metrics(rows, main);
  std::string html =
      "<h2>Result</h2>\n<div class=\"scroll\"><table><tr><th></th><th class=\"number\">" + main +
      "</th>";
  for (const std::string& name : others) html += "<th class=\"number\">" + name + "</th>";
  html +=
      "<th class=\"number\">size</th><th class=\"number\">time per text</th>"
      "<th class=\"number\">lead kept</th></tr>\n";
  const bool has_floor = !rows[0].contains("bytes");  // questions have none
  const double none = std::numeric_limits<double>::quiet_NaN();
  const double floor = has_floor ? number_at(rows[0], main.c_str()) : none;
  const double teacher = rows.size() > 1 ? number_at(rows[1], main.c_str()) : none;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json& row = rows[i];
    const double value = number_at(row, main.c_str());
    html += i + 1 == rows.size() ? "<tr class=\"best\">" : "<tr>";
    html += cell(text_at(row, "name"), false) + cell(percent(value));
    for (const std::string& name : others) html += cell(percent(number_at(row, name.c_str())));
    html += cell(megabytes(number_at(row, "bytes"))) +
            cell(duration(number_at(row, "microseconds_per_text")));
    const double kept = i > 1 ? kept_lead(value, floor, teacher) : std::nan("");
    html +=
        cell(std::isfinite(kept) ? short_number(std::round(100 * kept), 4) + " %" : "") + "</tr>\n";
  }
  html +=
      "</table></div>\n<p class=\"soft\">Time is the median of single texts on one thread, from "
      "the "
      "text to its answer. Lead kept: how much of what the teacher is ahead of the first row, "
      "which "
      "counts words, is left, where that is a point or more.";
  const auto verified = run.result.find("verify");
  if (verified != run.result.end() && verified->is_object())
    html += " Packed and trained model give the same label for " +
            percent(number_at(*verified, "equal_labels")) + " of " +
            short_number(number_at(*verified, "n"), 9) + " texts; logits differ by at most " +
            short_number(number_at(*verified, "max_logit_difference"), 2) + ".";
  return html + "</p>\n";
}

std::string front_section(const RunRecord& run) {
  const json& rows = rows_of(run);
  if (rows.size() < 2) return "";
  const std::string main = main_metric_of(run);
  std::vector<Dot> dots;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json& row = rows[i];
    const double bytes = number_at(row, "bytes"), value = number_at(row, main.c_str());
    Dot dot;
    dot.x = number_at(row, "microseconds_per_text") / 1000;
    dot.y = value;
    dot.label = text_at(row, "name");
    dot.colour = line_colour(i, 5);
    // The dot's area grows with the file: 4 MB is 6 pixels wide, 90 MB 13.
    if (std::isfinite(bytes)) dot.radius = 4 + std::sqrt(bytes / 1e6);
    dot.tip = dot.label + "\n" + main + " " + percent(value) + "\n" + duration(1000 * dot.x) +
              " per text";
    if (std::isfinite(bytes)) dot.tip.append("\n").append(megabytes(bytes));
    dots.push_back(dot);
  }
  PlotOptions options;
  options.title = main + " against time per text; the larger the dot, the larger the file";
  options.x_label = "milliseconds per text, one thread";
  options.y_label = main;
  options.log_x = options.percent_y = true;
  options.width = 820;
  options.height = 380;
  return "<h2>The front</h2>\n<div class=\"wide\">" + dot_plot(dots, options) + "</div>\n";
}

}  // namespace bitcpp
