// One axis of a plot: from values to pixels, and where its ticks stand.
#pragma once

#include <vector>

namespace bitcpp {

class Axis {
 public:
  /// Takes in `values` (what is not finite, or not positive on a logarithmic axis, is left out)
  /// and widens the range a little, to round ends on a linear axis.
  Axis(const std::vector<double>& values, bool logarithmic, double first_pixel, double last_pixel);

  /// Whether `value` has a place on this axis.
  bool takes(double value) const;
  double pixel(double value) const;
  /// Four to eight round numbers; on a logarithmic axis 1, 2 and 5 times powers of ten, or the
  /// powers alone over a wide range.
  std::vector<double> ticks() const;

  double low() const { return low_; }
  double high() const { return high_; }

 private:
  std::vector<double> decades() const;

  bool logarithmic_;
  double low_ = 0, high_ = 1, first_pixel_, last_pixel_, step_ = 0;
};

}  // namespace bitcpp
