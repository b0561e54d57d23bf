#include "cli/bench_stages.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/bit_product.h"
#include "kernels/eight_bit.h"
#include "kernels/kernels.h"

namespace bitcpp {
namespace {

constexpr const char* kNames[kStages] = {"embedding",        "query, key, value", "attention",
                                         "attention output", "layer norm",        "ffn up",
                                         "ffn down",         "pooler and head",   "waiting"};

/// Multiply-adds of a stage, of which `planes` says how often each has to be counted, and the
/// floats it has to move.
struct StageWork {
  double multiply_adds = 0, plane_products = 0, byte_products = 0, bytes = 0;

  void product(double count, int planes) {
    multiply_adds += count;
    plane_products += count * planes;
  }
  void product_of_bytes(double count) {
    multiply_adds += count;
    byte_products += count;
  }
};
using Work = std::array<StageWork, kStages>;

int planes(int levels) { return unsigned_codes(levels).planes(); }

void add_layer(const PackedLayer& layer, const PackedConfig& config, double all, double rows,
               double tokens, Work& work) {
  const auto hidden = static_cast<double>(config.hidden_size);
  const auto inner = static_cast<double>(config.intermediate_size);
  const PackedAttention& a = layer.attention;
  const auto of = [&](Stage stage) -> StageWork& { return work[static_cast<std::size_t>(stage)]; };
  StageWork& qkv = of(Stage::kQueryKeyValue);
  qkv.product(all * hidden * hidden, planes(a.key.input.levels));
  qkv.product(all * hidden * hidden, planes(a.value.input.levels));
  qkv.product(rows * hidden * hidden, planes(a.query.input.levels));
  qkv.bytes += all * hidden * 4;
  StageWork& attention = of(Stage::kAttention);
  if (a.rounded()) {
    attention.product_of_bytes(2 * rows * tokens * hidden);
  } else {
    const int probability = static_cast<int>(a.probability_cuts.size()) + 1;
    attention.product(rows * tokens * hidden,
                      planes(a.query.output.levels) * planes(a.key.output.levels));
    attention.product(rows * tokens * hidden, planes(probability) * planes(a.value.output.levels));
  }
  of(Stage::kAttentionOutput).product(rows * hidden * hidden, planes(a.context.levels));
  of(Stage::kUp).product(rows * hidden * inner, planes(layer.ffn.up.input.levels));
  of(Stage::kDown).product(rows * hidden * inner, planes(layer.ffn.up.output.levels));
  of(Stage::kUp).bytes += rows * hidden * 4;
  for (Stage stage : {Stage::kAttentionOutput, Stage::kDown}) of(stage).bytes += rows * hidden * 8;
  of(Stage::kLayerNorm).bytes += 2 * rows * hidden * 8;
}

Work work_of(const PackedModel& model, int tokens, int batch) {
  const PackedConfig& config = model.config;
  const auto hidden = static_cast<double>(config.hidden_size);
  const double all = static_cast<double>(tokens) * batch;
  Work work{};
  const auto of = [&](Stage stage) -> StageWork& { return work[static_cast<std::size_t>(stage)]; };
  // Token type and position in, the sum out, and a row of signs.
  of(Stage::kEmbedding).bytes = all * hidden * (12 + 0.125);
  of(Stage::kLayerNorm).bytes = all * hidden * 8;
  for (const PackedLayer& layer : model.layers) {
    // The last layer's other rows are not computed.
    const double rows = &layer == &model.layers.back() ? batch : all;
    add_layer(layer, config, all, rows, tokens, work);
  }
  of(Stage::kHead).product(batch * hidden * hidden, planes(model.pooler.input.levels));
  of(Stage::kHead).product(batch * hidden * static_cast<double>(model.head.outputs), 1);
  return work;
}

/// Seconds of the fastest of some calls.
template <class Call>
double fastest(int calls, const Call& call) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < calls; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

double product_rate(const Kernels& kernels) {
  // 48 KB of matrix and 48 KB of rows: long rows, so that little is lost around them.
  constexpr int kRows = 128, kOutputs = 128, kInputs = 3072;
  const std::vector<std::uint8_t> bits(std::size_t{kOutputs} * kInputs / 8, 0x5A);
  const BitMatrix matrix(kernels, kOutputs, kInputs, bits);
  const std::vector<std::uint64_t> codes(std::size_t{kRows} * kInputs / 64, 0x123456789ABCDEFu);
  const std::vector<std::int32_t> values(kOutputs, 0);
  const auto thresholds =
      make_code_thresholds(signed_codes(2), 2, kOutputs, values, matrix.sign_sums());
  std::vector<std::uint64_t> out(std::size_t{kRows} * kOutputs / 64);
  const double seconds = fastest(300, [&] {
    kernels.product_codes({{codes.data(), kRows, 1, kInputs / 64}, matrix.packed(), kOutputs},
                          {2, thresholds.data(), out.data()});
  });
  return double{kRows} * kOutputs * kInputs / seconds;
}

double byte_product_rate(const Kernels& kernels) {
  // One wide head, so that little is lost on the softmax between its products.
  constexpr int kRows = 32, kHeadSize = 512;
  const std::vector<std::uint8_t> bytes(std::size_t{kRows} * kHeadSize, 0x5A);
  std::vector<std::int32_t> context(bytes.size()), scores(kByteQueriesTogether * kRows);
  std::vector<float> exponentials(scores.size());
  std::vector<std::uint8_t> codes(scores.size());
  const double seconds = fastest(300, [&] {
    kernels.eight_bit_head({.queries = kRows,
                            .keys = kRows,
                            .head_size = kHeadSize,
                            .query = bytes.data(),
                            .query_stride = kHeadSize,
                            .key_matrix = bytes.data(),
                            .value_matrix = bytes.data(),
                            .scale = 1e-5f,
                            .alpha = 1.0f / 255,
                            .context = context.data(),
                            .context_stride = kHeadSize,
                            .scores = scores.data(),
                            .exponentials = exponentials.data(),
                            .codes = codes.data()});
  });
  return 2.0 * kRows * kRows * kHeadSize / seconds;
}

double copy_rate(std::size_t floats) {
  AlignedVector<float> from(floats, 1.0f), to(floats);
  const double seconds = fastest(300, [&] {
    std::memcpy(to.data(), from.data(), floats * sizeof(float));
    // Or the compiler may see that nobody reads the copy.
    asm volatile("" : : "r"(to.data()) : "memory");
  });
  return 2 * static_cast<double>(floats * sizeof(float)) / seconds;
}

}  // namespace

MachineLimits measure_limits(const Encoder& encoder, int rows) {
  const auto hidden = static_cast<std::size_t>(encoder.config().hidden_size);
  const Kernels& kernels = kernels_for(encoder.isa());
  return {product_rate(kernels), byte_product_rate(kernels),
          copy_rate(static_cast<std::size_t>(rows) * hidden)};
}

nlohmann::ordered_json stage_report(const Encoder& encoder, const StageTimes& times, int tokens,
                                    int batch, int threads, const MachineLimits& limits) {
  const Work work = work_of(encoder.packed(), tokens, batch);
  auto report = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < kStages; ++i) {
    if (times[i] == 0) continue;
    nlohmann::ordered_json stage;
    stage["stage"] = kNames[i];
    stage["ms"] = times[i] * 1000;
    stage["multiply_adds"] = work[i].multiply_adds;
    stage["per_s"] = work[i].multiply_adds / times[i];
    // Tiles of AMX take whole codes, whatever their planes.
    const double counted = encoder.isa() == Isa::kAmx
                               ? work[i].multiply_adds - work[i].byte_products
                               : work[i].plane_products;
    const double products =
        counted / limits.products + work[i].byte_products / limits.byte_products;
    const double limit = std::max(products, work[i].bytes / limits.bytes) / threads;
    stage["limit_ms"] = limit * 1000;
    stage["of_limit"] = limit / times[i];
    report.push_back(std::move(stage));
  }
  return report;
}

std::string stage_table(const nlohmann::ordered_json& report, const MachineLimits& limits) {
  std::string table;
  char line[160];
  std::snprintf(line, sizeof line, "%-18s %9s %7s %11s %8s %10s %9s\n", "stage", "ms", "share",
                "M mult-adds", "T/s", "limit ms", "of limit");
  table += line;
  double total = 0;
  for (const auto& stage : report) total += stage["ms"].get<double>();
  for (const auto& stage : report) {
    const double ms = stage["ms"];
    std::snprintf(line, sizeof line, "%-18s %9.4f %5.1f %% %11.2f %8.3f %10.4f %7.0f %%\n",
                  stage["stage"].get<std::string>().c_str(), ms, 100 * ms / total,
                  stage["multiply_adds"].get<double>() / 1e6, stage["per_s"].get<double>() / 1e12,
                  stage["limit_ms"].get<double>(), 100 * stage["of_limit"].get<double>());
    table += line;
  }
  std::snprintf(
      line, sizeof line,
      "all %24.4f; limits: %.2f T multiply-adds/s (of bytes %.2f), %.0f GB/s, measured in "
      "cache\n",
      total, limits.products / 1e12, limits.byte_products / 1e12, limits.bytes / 1e9);
  return table + line;
}

}  // namespace bitcpp
