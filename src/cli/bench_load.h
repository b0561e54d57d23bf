// What `bit bench` runs: batches of equally long sequences of random tokens.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/encoder.h"
#include "model/thread_pool.h"

namespace bitcpp {

/// Milliseconds of passes, fastest first.
struct PassTimes {
  std::vector<double> ms;
  double least() const { return ms.front(); }
  double median() const { return ms[ms.size() / 2]; }
};

class BenchLoad {
 public:
  /// `batch` sequences of `tokens` tokens, on `threads` threads.
  BenchLoad(const Encoder& encoder, int tokens, int batch, int threads);

  /// Passes for `seconds`, at least 5, after a few to warm up.
  PassTimes measure(double seconds);
  /// As measure, and gives the first thread's seconds by stage in the fastest pass.
  StageTimes measure_stages(double seconds);

 private:
  double pass();

  const Encoder& encoder_;
  std::vector<std::int32_t> ids_;
  std::vector<std::uint8_t> types_;
  std::vector<EncoderInput> inputs_;
  std::vector<float> logits_;
  ThreadPool pool_;
  std::vector<Workspace> workspaces_;
};

}  // namespace bitcpp
