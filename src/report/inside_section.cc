// What the quantizers of every binarized stage do while it trains.
#include <algorithm>
#include <cmath>

#include "report/markup.h"
#include "report/plot.h"
#include "report/sections.h"

namespace bitcpp {
namespace {

using nlohmann::json;

/// More layers than any BERT has; what is longer is no list of layers.
constexpr std::size_t kMostLayers = 1024;

/// One curve an entry of the lists that `find` takes out of the stage's statistics.
template <typename Find>
std::vector<Curve> layer_curves(const StageRecord& stage, const Find& find,
                                const std::string& what) {
  std::vector<Curve> curves;
  for (const json& line : stage.statistics) {
    const json* list = find(line);
    if (!list || !list->is_array() || list->size() > kMostLayers) continue;
    if (curves.size() < list->size()) curves.resize(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      curves[i].x.push_back(number_at(line, "epoch"));
      curves[i].y.push_back((*list)[i].is_number() ? (*list)[i].get<double>() : std::nan(""));
    }
  }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    curves[i].name = what + " " + std::to_string(i);
    curves[i].colour = line_colour(i, curves.size());
  }
  return curves;
}

const json* member(const json& object, const std::string& key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? nullptr : &*found;
}

/// The keys of an object of lists in the stage's statistics, in the order of the log.
std::vector<std::string> places(const StageRecord& stage, const std::string& key) {
  std::vector<std::string> names;
  for (const json& line : stage.statistics)
    if (const json* object = member(line, key); object && object->is_object())
      for (const auto& [name, list] : object->items())
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

PlotOptions small(const std::string& title) {
  PlotOptions options;
  options.title = title;
  options.x_label = "epoch";
  options.zero_x = true;
  options.width = 300;
  options.height = 190;
  options.legend = false;
  return options;
}

/// Small plots, one for each place, with a line for each layer.
std::string place_plots(const StageRecord& stage, const std::string& key, bool shares) {
  std::string html;
  for (const std::string& place : places(stage, key)) {
    const auto find = [&](const json& line) -> const json* {
      const json* object = member(line, key);
      return object ? member(*object, place) : nullptr;
    };
    PlotOptions options = small(place);
    options.percent_y = shares;
    const std::vector<Curve> curves = layer_curves(stage, find, "layer");
    if (!curves.empty()) html += curve_plot(curves, options);
  }
  return html;
}

std::string list_plot(const StageRecord& stage, const std::string& key, const std::string& title,
                      const std::string& what, bool shares) {
  const std::vector<Curve> curves = layer_curves(
      stage, [&](const json& line) { return member(line, key); }, what);
  if (curves.empty()) return "";
  PlotOptions options = small(title);
  options.percent_y = shares;
  return curve_plot(curves, options);
}

std::string group(const std::string& title, const std::string& text, const std::string& plots) {
  if (plots.empty()) return "";
  return "<h3>" + title + "</h3>\n<p class=\"soft\">" + text + "</p>\n<div class=\"grid-3\">\n" +
         plots + "</div>\n";
}

std::string layer_legend(const StageRecord& stage) {
  std::vector<Curve> longest;
  for (const std::string& place : places(stage, "alpha")) {
    const auto find = [&](const json& line) -> const json* {
      const json* object = member(line, "alpha");
      return object ? member(*object, place) : nullptr;
    };
    std::vector<Curve> curves = layer_curves(stage, find, "layer");
    if (curves.size() > longest.size()) longest = std::move(curves);
  }
  return legend(longest);
}

std::string stage_inside(const StageRecord& stage) {
  return "<h2>Inside " + escaped(stage.name) + "</h2>\n" + layer_legend(stage) +
         group("Scale (alpha) of every place", "The learned step of each quantizer.",
               place_plots(stage, "alpha", false)) +
         group("Share of ones",
               "How many values take the upper code; with more than two codes, the mean code's "
               "height. Near 0 or 100 % a place says nothing any more.",
               place_plots(stage, "ones", true)) +
         group("Attention and hidden states",
               "Keys kept: how many of a row's attention probabilities are not zero. Rows that "
               "keep none attend to nothing. Cosine: hidden states against the stage's teacher, "
               "0 being the embedding's output.",
               list_plot(stage, "kept", "keys kept per row", "layer", false) +
                   list_plot(stage, "kept_none", "rows that keep none", "layer", true) +
                   list_plot(stage, "cosine", "cosine to the teacher", "hidden state", false)) +
         group("Signs that flip",
               "Share of a matrix's weights whose sign is another one than an epoch before.",
               place_plots(stage, "flips", true));
}

}  // namespace

std::string inside_section(const RunRecord& run) {
  std::string html;
  for (const StageRecord& stage : run.stages)
    if (!stage.statistics.empty()) html += stage_inside(stage);
  return html;
}

}  // namespace bitcpp
