// `bit bench --stages`: where a pass's time goes, and how far each stage is from what this machine
// allows it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/encoder.h"
#include "model/stage_times.h"

namespace bitcpp {

/// What the machine allows, measured on one thread.
struct MachineLimits {
  double products = 0;  // multiply-adds a second of a product whose matrix and rows stay in cache
  double byte_products = 0;  // the same of bytes with bytes, which attention in 8 bits takes
  double bytes = 0;          // bytes a second, read and written, of copying the residual stream
};

/// `rows`: of the residual stream that is copied.
MachineLimits measure_limits(const Encoder& encoder, int rows);

/// A list of stages: name, ms, multiply_adds, per_s, limit_ms and the share of the limit reached.
/// The limit of a stage is a roofline: the greater of its multiply-adds (once for each pair of bit
/// planes, or of bytes) over `products` and `byte_products` and of the floats it has to read and
/// write over `bytes`, shared by `threads`. Attention's counts its products alone, not its
/// probabilities.
nlohmann::ordered_json stage_report(const Encoder& encoder, const StageTimes& times, int tokens,
                                    int batch, int threads, const MachineLimits& limits);

/// The report as a table for people, each line ended.
std::string stage_table(const nlohmann::ordered_json& report, const MachineLimits& limits);

}  // namespace bitcpp
