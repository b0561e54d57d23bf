#include "report/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/axis.h"
#include "report/markup.h"

namespace bitcpp {
namespace {

constexpr std::size_t kMostPoints = 400;
constexpr double kLeft = 52, kRight = 14, kTop = 10, kBottom = 38;

std::string pixel_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// Means of groups of neighbours, where there are more points than a screen shows.
Curve thinned(const Curve& curve) {
  if (curve.x.size() <= kMostPoints) return curve;
  Curve thin{curve.name, {}, {}, curve.colour, curve.dashed};
  for (std::size_t group = 0; group < kMostPoints; ++group) {
    const std::size_t begin = group * curve.x.size() / kMostPoints;
    const std::size_t end = (group + 1) * curve.x.size() / kMostPoints;
    double x = 0, y = 0;
    for (std::size_t i = begin; i < end; ++i) x += curve.x[i], y += curve.y[i];
    thin.x.push_back(x / static_cast<double>(end - begin));
    thin.y.push_back(y / static_cast<double>(end - begin));
  }
  return thin;
}

/// The drawing's frame: axes, grid, tick labels.
class Frame {
 public:
  Frame(const std::vector<double>& x, const std::vector<double>& y, const PlotOptions& options)
      : options_(options),
        x_(x, options.log_x, kLeft, options.width - kRight),
        y_(y, options.log_y, options.height - kBottom, kTop) {}

  bool takes(double x, double y) const { return x_.takes(x) && y_.takes(y); }
  double x(double value) const { return x_.pixel(value); }
  double y(double value) const { return y_.pixel(value); }
  std::string y_text(double value) const {
    return options_.percent_y ? short_number(100 * value, 4) + " %" : short_number(value, 4);
  }

  std::string begin() const {
    std::string svg = "<figure class=\"plot\">";
    if (!options_.title.empty()) svg += "<figcaption>" + escaped(options_.title) + "</figcaption>";
    svg += "<svg viewBox=\"0 0 " + std::to_string(options_.width) + " " +
           std::to_string(options_.height) + "\" role=\"img\" aria-label=\"" +
           escaped(options_.title + ": " + options_.y_label + " against " + options_.x_label) +
           "\">";
    for (double tick : y_.ticks())
      svg += line(kLeft, y(tick), options_.width - kRight, y(tick)) +
             label(kLeft - 6, y(tick) + 3.5, "end", y_text(tick));
    for (double tick : x_.ticks())
      svg += line(x(tick), kTop, x(tick), options_.height - kBottom) +
             label(x(tick), options_.height - kBottom + 15, "middle", short_number(tick, 4));
    svg += label((kLeft + options_.width - kRight) / 2, options_.height - 5, "middle",
                 options_.x_label);
    if (!options_.y_label.empty())
      svg += "<text class=\"unit\" x=\"" + pixel_text(kLeft + 4) + "\" y=\"" +
             pixel_text(kTop + 11) + "\">" + escaped(options_.y_label) + "</text>";
    return svg;
  }
  static std::string end() { return "</svg></figure>\n"; }

  static std::string label(double x, double y, const char* anchor, const std::string& text) {
    return "<text x=\"" + pixel_text(x) + "\" y=\"" + pixel_text(y) + "\" text-anchor=\"" + anchor +
           "\">" + escaped(text) + "</text>";
  }

 private:
  static std::string line(double x1, double y1, double x2, double y2) {
    return "<path class=\"grid\" d=\"M" + pixel_text(x1) + " " + pixel_text(y1) + "L" +
           pixel_text(x2) + " " + pixel_text(y2) + "\"/>";
  }

  const PlotOptions& options_;
  Axis x_, y_;
};

/// The path, with its values beside it for the pointer (style.cc).
std::string drawn(const Curve& curve, const Frame& frame) {
  std::string path, values, dots;
  bool pen_down = false;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (!frame.takes(curve.x[i], curve.y[i])) {
      pen_down = false;
      continue;
    }
    const std::string x = pixel_text(frame.x(curve.x[i])), y = pixel_text(frame.y(curve.y[i]));
    path += (pen_down ? "L" : "M") + x + " " + y;
    values += (values.empty() ? "" : ";") + x + "," + y + "," + short_number(curve.x[i], 4) + "," +
              frame.y_text(curve.y[i]);
    if (curve.x.size() <= 30)
      dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"2\" fill=\"" + curve.colour + "\"/>";
    pen_down = true;
  }
  return "<path class=\"curve\" stroke=\"" + curve.colour + "\"" +
         (curve.dashed ? " stroke-dasharray=\"4 3\"" : "") + " d=\"" + path + "\" data-name=\"" +
         escaped(curve.name) + "\" data-values=\"" + escaped(values) + "\"/>" + dots;
}

}  // namespace

std::string legend(const std::vector<Curve>& curves) {
  std::string html = "<p class=\"legend\">";
  for (const Curve& curve : curves)
    html += "<span><i style=\"background:" + curve.colour + "\"></i>" + escaped(curve.name) +
            "</span> ";
  return html + "</p>\n";
}

std::string curve_plot(const std::vector<Curve>& curves, const PlotOptions& options) {
  std::vector<Curve> thin;
  std::vector<double> x, y;
  for (const Curve& curve : curves) {
    thin.push_back(thinned(curve));
    x.insert(x.end(), thin.back().x.begin(), thin.back().x.end());
    y.insert(y.end(), thin.back().y.begin(), thin.back().y.end());
  }
  if (options.zero_x) x.push_back(0);
  const Frame frame(x, y, options);
  std::string svg = frame.begin();
  for (const Curve& curve : thin) svg += drawn(curve, frame);
  svg += Frame::end();
  if (!options.legend) return svg;
  return "<div class=\"keyed\">" + svg + legend(curves) + "</div>\n";
}

std::string dot_plot(const std::vector<Dot>& dots, const PlotOptions& options) {
  std::vector<double> x, y;
  for (const Dot& dot : dots) x.push_back(dot.x), y.push_back(dot.y);
  const Frame frame(x, y, options);
  std::string svg = frame.begin();
  for (const Dot& dot : dots) {
    if (!frame.takes(dot.x, dot.y)) continue;
    const double at_x = frame.x(dot.x), at_y = frame.y(dot.y);
    svg += "<circle class=\"dot\" cx=\"" + pixel_text(at_x) + "\" cy=\"" + pixel_text(at_y) +
           "\" r=\"" + pixel_text(dot.radius) + "\" fill=\"" + dot.colour + "\" data-tip=\"" +
           escaped(dot.tip) + "\"><title>" + escaped(dot.tip) + "</title></circle>";
    if (dot.label.empty()) continue;
    // To the left of dots in the right third, so that no label leaves the drawing.
    const bool left = at_x > options.width * 0.66;
    svg += Frame::label(at_x + (left ? -1 : 1) * (dot.radius + 4), at_y + 4, left ? "end" : "start",
                        dot.label);
  }
  return svg + Frame::end();
}

}  // namespace bitcpp
