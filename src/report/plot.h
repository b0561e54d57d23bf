// Plots as inline SVG: curves, and points with labels. Colours of axes and text come from the
// page's style (style.h), so that one plot serves light and dark.
#pragma once

#include <string>
#include <vector>

namespace bitcpp {

/// A line of a plot. `x` and `y` are of equal length; points that an axis cannot take (not a
/// number; not positive on a logarithmic axis) break the line.
struct Curve {
  std::string name;
  std::vector<double> x, y;
  std::string colour;  // CSS
  bool dashed = false;
};

/// A labelled dot.
struct Dot {
  double x = 0, y = 0, radius = 5;  // pixels
  std::string label;                // beside the dot; may be empty
  std::string tip;                  // shown by the pointer
  std::string colour;
};

struct PlotOptions {
  std::string title, x_label, y_label;
  bool log_x = false, log_y = false;
  bool percent_y = false;  // values are shares
  bool zero_x = false;     // the axis begins at 0
  bool legend = true;
  int width = 440, height = 260;  // pixels of the drawing, which scales with the page
};

/// A <figure> with curves. Curves of more than 400 points are drawn as the means of as many groups.
std::string curve_plot(const std::vector<Curve>& curves, const PlotOptions& options);

/// A <figure> with dots.
std::string dot_plot(const std::vector<Dot>& dots, const PlotOptions& options);

/// The legend of several plots that share their curves' names and colours.
std::string legend(const std::vector<Curve>& curves);

}  // namespace bitcpp
