#include "report/axis.h"

#include <algorithm>
#include <cmath>

namespace bitcpp {
namespace {

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

}  // namespace

Axis::Axis(const std::vector<double>& values, bool logarithmic, double first_pixel,
           double last_pixel)
    : logarithmic_(logarithmic), first_pixel_(first_pixel), last_pixel_(last_pixel) {
  bool any = false;
  for (double value : values) {
    if (!std::isfinite(value) || (logarithmic && value <= 0)) continue;
    low_ = any ? std::min(low_, value) : value;
    high_ = any ? std::max(high_, value) : value;
    any = true;
  }
  if (!any) low_ = logarithmic ? 0.1 : 0, high_ = 1;
  if (logarithmic) {
    // A quarter more on both sides; a single value gets at least a factor of two.
    const double room = std::max(std::pow(high_ / low_, 0.08), high_ == low_ ? 2.0 : 1.25);
    low_ /= room;
    high_ *= room;
    return;
  }
  if (high_ - low_ < 1e-9 * std::max(1.0, std::abs(high_))) {
    const double room = high_ == 0 ? 1 : std::abs(high_) * 0.05;
    low_ -= room;
    high_ += room;
  }
  step_ = round_step((high_ - low_) / 5);
  low_ = std::floor(low_ / step_ + 1e-9) * step_;
  high_ = std::ceil(high_ / step_ - 1e-9) * step_;
}

bool Axis::takes(double value) const {
  return std::isfinite(value) && (!logarithmic_ || value > 0);
}

double Axis::pixel(double value) const {
  const auto place = [this](double v) { return logarithmic_ ? std::log(v) : v; };
  const double part = (place(value) - place(low_)) / (place(high_) - place(low_));
  return first_pixel_ + part * (last_pixel_ - first_pixel_);
}

std::vector<double> Axis::decades() const {
  std::vector<double> ticks;
  const double wide = std::log10(high_ / low_);
  const std::vector<double> factors =
      wide > 3 ? std::vector<double>{1} : std::vector<double>{1, 2, 5};
  for (double power = std::floor(std::log10(low_)); power <= std::log10(high_); ++power)
    for (double factor : factors) {
      const double tick = factor * std::pow(10, power);
      if (tick >= low_ && tick <= high_) ticks.push_back(tick);
    }
  return ticks;
}

std::vector<double> Axis::ticks() const {
  std::vector<double> ticks;
  if (logarithmic_) {
    ticks = decades();
    if (ticks.size() >= 2) return ticks;
    return {low_, std::sqrt(low_ * high_), high_};
  }
  const double first = std::round(low_ / step_);
  const double last = std::round(high_ / step_);
  for (double i = first; i <= last; ++i) ticks.push_back(i * step_);
  return ticks;
}

}  // namespace bitcpp
