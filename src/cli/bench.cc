// `bit bench`: how long an encoder takes on this machine.
#include <chrono>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_load.h"
#include "cli/bench_stages.h"
#include "cli/commands.h"
#include "model/encoder.h"
#include "model/random_model.h"

namespace bitcpp {
namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

struct BenchOptions {
  std::string model;
  std::vector<int> sequences = {128};
  int threads = 1, batch = 1;
  std::string activation_bits, attention_bits, relu_bits;  // of a random model; empty: not given
  double seconds = 1;
  bool stages = false, json = false;
};

struct OpenedEncoder {
  Encoder encoder;
  double open_ms = 0;
};

/// "1", "2", "4", "8" or "ternary".
int levels_of(const std::string& bits) { return bits == "ternary" ? 3 : 1 << std::stoi(bits); }

RandomLevels random_levels(const BenchOptions& options) {
  const int all = options.activation_bits.empty() ? 2 : levels_of(options.activation_bits);
  const auto or_all = [all](const std::string& bits) {
    return bits.empty() ? all : levels_of(bits);
  };
  const int attention = or_all(options.attention_bits);
  return {.input = all,
          .query = attention,
          .key = attention,
          .value = attention,
          .probability = attention,
          .context = all,
          .hidden = or_all(options.relu_bits)};
}

OpenedEncoder open_encoder(const BenchOptions& options) {
  constexpr std::string_view kRandom = "random:";
  const std::string& name = options.model;
  const bool bits_given =
      !(options.activation_bits + options.attention_bits + options.relu_bits).empty();
  if (bits_given && !name.starts_with(kRandom))
    throw Error(name +
                ": a model file has its own bits; --activation-bits, --attention-bits and "
                "--relu-bits are for random:SHAPE");
  const auto begin = std::chrono::steady_clock::now();
  Encoder encoder = [&] {
    if (!name.starts_with(kRandom)) return Encoder::open(name);
    RandomModel random =
        random_model(random_shape(name.substr(kRandom.size())), random_levels(options));
    return Encoder::from(std::move(random.model), kernels(), random.storage);
  }();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  return {std::move(encoder), took.count()};
}

/// Most memory this program ever held, in MB; 0 where the system does not say. Not getrusage, which
/// counts in what the process was before it became this program.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024 / 1e6;
  }
  return 0;
}

void check_length(const Encoder& encoder, int tokens) {
  if (tokens > encoder.config().max_position_embeddings) {
    throw Error("--seq " + std::to_string(tokens) + ": this model takes at most " +
                std::to_string(encoder.config().max_position_embeddings) + " tokens");
  }
}

nlohmann::ordered_json report_of(const BenchOptions& options, const OpenedEncoder& opened,
                                 int tokens, const PassTimes& times) {
  nlohmann::ordered_json result;
  result["cpu"] = cpu_name();
  result["isa"] = isa_name(opened.encoder.isa());
  result["threads"] = options.threads;
  result["seq"] = tokens;
  result["batch"] = options.batch;
  result["latency_ms"] = {{"min", times.least()}, {"median", times.median()}};
  result["tokens_per_s"] = 1000.0 * options.batch * tokens / times.median();
  result["model"] = options.model;
  result["passes"] = times.ms.size();
  result["open_ms"] = opened.open_ms;
  result["peak_memory_mb"] = peak_memory();
  result["compiler"] = kCompiler;
  result["version"] = BITCPP_VERSION;
  return result;
}

void print_report(const nlohmann::ordered_json& report) {
  const int threads = report["threads"];
  std::cout << report["model"].get<std::string>() << " on " << report["cpu"].get<std::string>()
            << ", " << report["isa"].get<std::string>() << ", " << threads << " thread"
            << (threads == 1 ? "" : "s") << "\n"
            << report["batch"].get<int>() << " x " << report["seq"].get<int>()
            << " tokens: " << std::fixed << std::setprecision(3)
            << report["latency_ms"]["min"].get<double>() << " ms at best, "
            << report["latency_ms"]["median"].get<double>() << " ms median, "
            << std::setprecision(0) << report["tokens_per_s"].get<double>() << " tokens/s\n";
}

void run_bench(const BenchOptions& options) {
  const OpenedEncoder opened = open_encoder(options);
  const Encoder& encoder = opened.encoder;
  for (int tokens : options.sequences) check_length(encoder, tokens);
  for (int tokens : options.sequences) {
    BenchLoad load(encoder, tokens, options.batch, options.threads);
    auto report = report_of(options, opened, tokens, load.measure(options.seconds));
    std::string table;
    if (options.stages) {
      const MachineLimits limits = measure_limits(encoder, options.batch * tokens);
      const StageTimes times = load.measure_stages(options.seconds);
      const int used =
          encoder.useful_threads(std::int64_t{options.batch} * tokens, options.threads);
      report["stages"] = stage_report(encoder, times, tokens, options.batch, used, limits);
      report["limits"] = {{"multiply_adds_per_s", limits.products},
                          {"byte_multiply_adds_per_s", limits.byte_products},
                          {"bytes_per_s", limits.bytes}};
      table = stage_table(report["stages"], limits);
    }
    if (options.json) {
      std::cout << report.dump() << std::endl;
    } else {
      print_report(report);
      std::cout << table << std::flush;
    }
  }
}

}  // namespace

CLI::App* add_bench_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("bench", "Measure how long a model takes on this machine");
  const auto options = std::make_shared<BenchOptions>();
  command
      ->add_option("model", options->model,
                   "Packed model, or random:bert-base, random:minilm-l6, "
                   "random:LAYERSxHIDDENxHEADSxINTERMEDIATE")
      ->required();
  command->add_option("--seq", options->sequences, "Tokens of a sequence; a list: 16,32,64")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads, which share out the rows of a batch")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Sequences of a pass")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to measure each length")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  const auto add_bits = [&](const char* name, std::string& bits, std::vector<std::string> known,
                            const char* what) {
    command->add_option(name, bits, what)->check(CLI::IsMember(std::move(known)));
  };
  add_bits("--activation-bits", options->activation_bits, {"1", "2", "4", "ternary"},
           "Of a random model's activations");
  add_bits("--attention-bits", options->attention_bits, {"1", "2", "4", "8", "ternary"},
           "Of its queries, keys, values and probabilities, if not the same");
  add_bits("--relu-bits", options->relu_bits, {"1", "2", "4", "ternary"},
           "Of its feed-forward network's hidden layer, if not the same");
  command->add_flag("--stages", options->stages,
                    "Also where the time goes: time, rate and limit of each stage");
  command->add_flag(
      "--json", options->json,
      "Print a JSON object for each length: cpu, isa, threads, seq, batch, latency_ms, "
      "tokens_per_s, ...");
  command->footer(
      "BIT_CPU=scalar|avx2|avx512|amx|neon forces an instruction set.\n\n"
      "Examples:\n  bit bench random:minilm-l6 --seq 12\n  bit bench "
      "random:minilm-l6 --attention-bits 8\n  bit bench random:bert-base --seq 16,128 "
      "--threads 2 --stages\n  BIT_CPU=avx2 bit bench random:bert-base --seq 128 --json");
  command->callback([options] { run_bench(*options); });
  return command;
}

}  // namespace bitcpp
