// Progress of long work on the terminal: how far, what it measures, time left.
#pragma once

#include <chrono>
#include <string>

namespace bitcpp {

/// "1:02:03" or "2:03".
std::string format_duration(double seconds);

/// One line on stderr that is rewritten on a terminal (at most ten times a second) and printed now
/// and then (every `quiet_seconds`) elsewhere. Not thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(std::string title, double quiet_seconds = 15);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `done` of `total` units; the rate is taken over this object's life and does not count the
  /// units done before it.
  void update(double done, double total, const std::string& measured = "");
  /// Counts rate and time from now on: for the next part of the same work.
  void restart();
  /// Ends the line with a last text, which stays.
  void finish(const std::string& text);
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& line, bool last);

  std::string title_;
  double quiet_seconds_;
  bool terminal_;
  Clock::time_point start_, shown_;
  double first_done_ = -1;
  bool open_ = false;
};

}  // namespace bitcpp
