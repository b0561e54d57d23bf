// Counters and histograms that any thread may add to, in Prometheus' text format.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace bitcpp {

using MetricCounter = std::atomic<std::uint64_t>;

/// How often values fell below each of a row of bounds: `first` times powers of 2.
class Histogram {
 public:
  explicit Histogram(double first) : first_(first) {}

  void add(double value);
  /// "# TYPE NAME histogram" and its lines.
  void write(const std::string& name, const std::string& help, std::string& out) const;

 private:
  static constexpr std::size_t kBounds = 20;
  double first_;
  std::array<MetricCounter, kBounds + 1> counts_ = {};  // the last: beyond all bounds
  std::atomic<double> sum_ = 0;
};

/// "# HELP", "# TYPE" and a line for a single number. `type`: counter or gauge.
void write_metric(const std::string& name, const std::string& type, const std::string& help,
                  double value, std::string& out);

}  // namespace bitcpp
