// What teacher and student answer on the development file: confusions, and texts they judge
// differently.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "report/markup.h"
#include "report/plot.h"
#include "report/sections.h"

namespace bitcpp {
namespace {

using nlohmann::json;

constexpr std::size_t kNamedLabels = 24;   // more label names than this do not fit beside a matrix
constexpr std::size_t kMostLabels = 1000;  // beyond, a matrix says nothing
constexpr std::size_t kMostDots = 2000;    // of predicted against actual
constexpr std::size_t kListedErrors = 8;

std::vector<std::string> labels_of(const json& judgements) {
  std::vector<std::string> labels;
  const auto found = judgements.find("labels");
  if (found == judgements.end() || !found->is_array()) return labels;
  for (const json& label : *found)
    labels.push_back(label.is_string() ? label.get<std::string>() : "?");
  return labels;
}

/// The list of numbers under `key`; empty where there is none.
std::vector<double> numbers_at(const json& object, const char* key) {
  std::vector<double> values;
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) return values;
  for (const json& value : *list)
    values.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return values;
}

/// How often each (actual, predicted) pair occurs; indices without a label are left out.
std::map<std::pair<std::size_t, std::size_t>, std::size_t> counted(
    const std::vector<double>& actual, const std::vector<double>& predicted, std::size_t labels) {
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
  const auto known = [&](double value) {
    return value >= 0 && value < static_cast<double>(labels);
  };
  for (std::size_t i = 0; i < std::min(actual.size(), predicted.size()); ++i)
    if (known(actual[i]) && known(predicted[i]))
      ++counts[{static_cast<std::size_t>(actual[i]), static_cast<std::size_t>(predicted[i])}];
  return counts;
}

std::string text_element(double x, double y, const char* anchor, const std::string& text,
                         const char* extra = "") {
  char place[128];
  std::snprintf(place, sizeof place, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y,
                anchor, extra);
  return place + escaped(text) + "</text>";
}

/// Rows are actual labels, columns predicted ones; a cell's darkness is its share of the row.
std::string matrix(const std::string& title, const std::vector<std::string>& labels,
                   const std::map<std::pair<std::size_t, std::size_t>, std::size_t>& counts) {
  const std::size_t count = labels.size();
  const bool named = count <= kNamedLabels;
  const double cell = std::clamp(440.0 / static_cast<double>(count), 4.0, 44.0);
  const double left = named ? 150 : 20, top = named ? 90 : 20;
  const double size = cell * static_cast<double>(count);
  std::vector<double> rows(count, 0);
  for (const auto& [pair, n] : counts) rows[pair.first] += static_cast<double>(n);
  char text[256];
  std::snprintf(text, sizeof text, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">",
                left + size + (named ? 90 : 30), top + size + 10);
  std::string svg = "<figure class=\"plot\"><figcaption>" + escaped(title) + "</figcaption>" + text;
  for (const auto& [pair, n] : counts) {
    const double x = left + cell * static_cast<double>(pair.second),
                 y = top + cell * static_cast<double>(pair.first);
    const double share = static_cast<double>(n) / rows[pair.first];
    std::snprintf(text, sizeof text,
                  "<rect class=\"cell\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                  "fill-opacity=\"%.3f\" data-tip=\"",
                  x, y, cell, cell, 0.08 + 0.62 * share);
    svg +=
        text +
        escaped(labels[pair.first] + " judged " + labels[pair.second] + ": " + std::to_string(n)) +
        "\"/>";
    if (cell >= 18)
      svg += text_element(x + cell / 2, y + cell / 2 + 4, "middle", std::to_string(n),
                          " class=\"dark\" pointer-events=\"none\"");
  }
  for (std::size_t i = 0; named && i < count; ++i) {
    const double at = cell * (static_cast<double>(i) + 0.5);
    svg += text_element(left - 6, top + at + 4, "end", labels[i]);
    std::snprintf(text, sizeof text, " transform=\"rotate(-40 %.1f %.1f)\"", left + at, top - 6);
    svg += text_element(left + at, top - 6, "start", labels[i], text);
  }
  return svg + "</svg></figure>\n";
}

std::string worst_confusions(
    const std::vector<std::string>& labels,
    const std::map<std::pair<std::size_t, std::size_t>, std::size_t>& counts) {
  std::vector<std::pair<std::size_t, std::pair<std::size_t, std::size_t>>> wrong;
  for (const auto& [pair, n] : counts)
    if (pair.first != pair.second) wrong.push_back({n, pair});
  std::sort(wrong.begin(), wrong.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (wrong.empty()) return "<p class=\"soft\">No text is judged wrongly.</p>\n";
  if (wrong.size() > kListedErrors) wrong.resize(kListedErrors);
  std::string html = "<p class=\"soft\">Most often: ";
  for (std::size_t i = 0; i < wrong.size(); ++i)
    html += (i ? "; " : "") + escaped(labels[wrong[i].second.first]) + " judged " +
            escaped(labels[wrong[i].second.second]) + " (" + std::to_string(wrong[i].first) + ")";
  return html + ".</p>\n";
}

std::string scatter(const std::string& title, const std::vector<double>& actual,
                    const std::vector<double>& predicted) {
  std::vector<Dot> dots;
  const std::size_t count = std::min(actual.size(), predicted.size());
  const std::size_t stride = count / kMostDots + 1;
  for (std::size_t i = 0; i < count; i += stride)
    dots.push_back({actual[i], predicted[i], 2.5, "",
                    "text " + std::to_string(i + 1) + "\nactual " + short_number(actual[i]) +
                        "\npredicted " + short_number(predicted[i]),
                    line_colour(0, 2)});
  PlotOptions options;
  options.title = title;
  options.x_label = "actual";
  options.y_label = "predicted";
  options.height = 340;
  return dot_plot(dots, options);
}

/// The teacher and the last student: the two whose answers a reader compares.
std::vector<const json*> shown_judges(const json& judgements) {
  std::vector<const json*> shown;
  const auto found = judgements.find("judges");
  if (found == judgements.end() || !found->is_array() || found->empty()) return shown;
  shown.push_back(&found->front());
  if (found->size() > 1) shown.push_back(&found->back());
  return shown;
}

std::string judge_plot(const json& judge, const std::vector<double>& actual,
                       const std::vector<std::string>& labels) {
  const std::vector<double> predicted = numbers_at(judge, "predicted");
  const std::string name = text_at(judge, "name");
  if (labels.empty()) return scatter(name, actual, predicted);
  const auto counts = counted(actual, predicted, labels.size());
  return "<div>" + matrix(name, labels, counts) + worst_confusions(labels, counts) + "</div>\n";
}

std::string answer_of(const json& example, const char* who,
                      const std::vector<std::string>& labels) {
  const double value = number_at(example, who);
  if (labels.empty()) return short_number(value);
  std::string text = value >= 0 && value < static_cast<double>(labels.size())
                         ? labels[static_cast<std::size_t>(value)]
                         : "";
  const double score = number_at(example, (std::string(who) + "_score").c_str());
  return std::isfinite(score) ? text + " (" + percent(score) + ")" : text;
}

}  // namespace

std::string confusion_section(const RunRecord& run) {
  const std::vector<const json*> judges = shown_judges(run.judgements);
  const std::vector<std::string> labels = labels_of(run.judgements);
  if (judges.empty() || labels.size() > kMostLabels) return "";
  const std::vector<double> actual = numbers_at(run.judgements, "actual");
  std::string html = labels.empty() ? "<h2>Predicted against actual</h2>\n"
                                    : "<h2>Confusions</h2>\n<p class=\"soft\">Rows: what is right. "
                                      "Columns: what was answered.</p>\n";
  html += "<div class=\"grid-2\">\n";
  for (const json* judge : judges) html += judge_plot(*judge, actual, labels);
  return html + "</div>\n";
}

std::string examples_section(const RunRecord& run) {
  const auto found = run.judgements.find("examples");
  if (found == run.judgements.end() || !found->is_array() || found->empty()) return "";
  const std::vector<std::string> labels = labels_of(run.judgements);
  const std::string student = "last student";
  std::string html =
      "<h2>Judged differently</h2>\n<p class=\"soft\">" +
      short_number(number_at(run.judgements, "differences"), 9) +
      (labels.empty() ? " texts; those on which teacher and student are furthest "
                        "apart come first.</p>\n"
                      : " texts get another label from the student than from the "
                        "teacher; those where the student is surest come first.</p>\n") +
      "<div class=\"scroll\"><table><tr><th>text</th><th>right</th><th>teacher</th>"
      "<th>" +
      student + "</th></tr>\n";
  for (const json& example : *found) {
    if (!example.is_object()) continue;
    std::string text = escaped(text_at(example, "text"));
    if (const std::string pair = text_at(example, "pair"); !pair.empty())
      text += "<br>" + escaped(pair);
    html += "<tr><td>" + text + "</td>";
    for (const char* who : {"actual", "teacher", "student"})
      html += "<td>" + escaped(answer_of(example, who, labels)) + "</td>";
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace bitcpp
