#include "serve/histogram.h"

#include <charconv>

namespace bitcpp {
namespace {

std::string number(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

void write_head(const std::string& name, const std::string& type, const std::string& help,
                std::string& out) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

}  // namespace

void Histogram::add(double value) {
  std::size_t place = 0;
  for (double bound = first_; place < kBounds && value > bound; bound *= 2) ++place;
  counts_[place].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

void Histogram::write(const std::string& name, const std::string& help, std::string& out) const {
  write_head(name, "histogram", help, out);
  std::uint64_t count = 0;
  double bound = first_;
  for (std::size_t i = 0; i <= kBounds; ++i, bound *= 2) {
    count += counts_[i].load(std::memory_order_relaxed);
    out += name + "_bucket{le=\"" + (i < kBounds ? number(bound) : "+Inf") + "\"} " +
           std::to_string(count) + "\n";
  }
  out += name + "_sum " + number(sum_.load(std::memory_order_relaxed)) + "\n";
  out += name + "_count " + std::to_string(count) + "\n";
}

void write_metric(const std::string& name, const std::string& type, const std::string& help,
                  double value, std::string& out) {
  write_head(name, type, help, out);
  out += name + " " + number(value) + "\n";
}

}  // namespace bitcpp
