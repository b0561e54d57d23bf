// Where an encoder's time goes: seconds per stage, gathered only where somebody asks for them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace bitcpp {

enum class Stage {
  kEmbedding,        // sum of the three embeddings
  kQueryKeyValue,    // codes of the residual stream and three products
  kAttention,        // scores, probabilities, context
  kAttentionOutput,  // product, residual
  kLayerNorm,        // all of them, the embedding's included
  kUp,               // codes of the residual stream and the product
  kDown,             // product, residual
  kHead,             // pooler and head
  kWaiting           // for the other threads that share a batch
};
inline constexpr std::size_t kStages = 9;

/// Seconds by stage.
using StageTimes = std::array<double, kStages>;

/// Adds the time from lap to lap to stages. Without `times` it never looks at the clock.
class StageClock {
 public:
  explicit StageClock(StageTimes* times) : times_(times) {
    if (times_ != nullptr) last_ = Clock::now();
  }
  void lap(Stage stage) {
    if (times_ == nullptr) return;
    const Clock::time_point now = Clock::now();
    (*times_)[static_cast<std::size_t>(stage)] +=
        std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

 private:
  using Clock = std::chrono::steady_clock;
  StageTimes* times_;
  Clock::time_point last_;
};

}  // namespace bitcpp
