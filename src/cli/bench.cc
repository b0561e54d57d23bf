// `bit bench`: how long an encoder takes on this machine.
#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "model/encoder.h"
#include "model/random_model.h"
#include "model/thread_pool.h"

namespace bitcpp {
namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

struct BenchOptions {
  std::string model;
  int sequence = 128, threads = 1, batch = 1;
  double seconds = 1;
  bool json = false;
};

Encoder open_encoder(const std::string& name) {
  constexpr std::string_view kRandom = "random:";
  if (!name.starts_with(kRandom)) return Encoder::open(name);
  RandomModel random = random_model(random_shape(name.substr(kRandom.size())));
  return Encoder::from(std::move(random.model), kernels(), random.storage);
}

/// A batch of equally long sequences, shared out over threads in groups of neighbours.
class Load {
 public:
  Load(const Encoder& encoder, const BenchOptions& options)
      : encoder_(encoder),
        ids_(static_cast<std::size_t>(options.sequence)),
        types_(ids_.size()),
        inputs_(static_cast<std::size_t>(options.batch), {ids_, types_}),
        logits_(inputs_.size() * static_cast<std::size_t>(encoder.outputs())),
        pool_(options.threads),
        workspaces_(static_cast<std::size_t>(options.threads)) {
    std::uint64_t state = 1;
    for (std::int32_t& id : ids_) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      id = static_cast<std::int32_t>((state >> 33) %
                                     static_cast<std::uint64_t>(encoder.config().vocab_size));
    }
  }

  /// Milliseconds of one pass.
  double measure() {
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t pieces = std::min(workspaces_.size(), inputs_.size());
    pool_.run(pieces, [&](std::size_t piece, int thread) {
      const std::size_t first = inputs_.size() * piece / pieces,
                        last = inputs_.size() * (piece + 1) / pieces;
      const auto outputs = static_cast<std::size_t>(encoder_.outputs());
      encoder_.run(std::span(inputs_).subspan(first, last - first),
                   workspaces_[static_cast<std::size_t>(thread)],
                   std::span(logits_).subspan(first * outputs, (last - first) * outputs));
    });
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
  }

 private:
  const Encoder& encoder_;
  std::vector<std::int32_t> ids_;
  std::vector<std::uint8_t> types_;
  std::vector<EncoderInput> inputs_;
  std::vector<float> logits_;
  ThreadPool pool_;
  std::vector<Workspace> workspaces_;
};

std::vector<double> measure(const Encoder& encoder, const BenchOptions& options) {
  Load load(encoder, options);
  for (int i = 0; i < 3; ++i) load.measure();
  constexpr std::size_t kLeastPasses = 5;
  std::vector<double> times;
  for (double total = 0; total < options.seconds * 1000 || times.size() < kLeastPasses;
       total += times.back()) {
    times.push_back(load.measure());
  }
  std::sort(times.begin(), times.end());
  return times;
}

void run_bench(const BenchOptions& options) {
  const Encoder encoder = open_encoder(options.model);
  if (options.sequence > encoder.config().max_position_embeddings) {
    throw Error("--seq " + std::to_string(options.sequence) + ": this model takes at most " +
                std::to_string(encoder.config().max_position_embeddings) + " tokens");
  }
  const std::vector<double> times = measure(encoder, options);
  const double median = times[times.size() / 2];
  const double rate = 1000.0 * options.batch * options.sequence / median;
  if (!options.json) {
    std::cout << options.model << " on " << cpu_name() << ", " << isa_name(encoder.isa()) << ", "
              << options.threads << " thread" << (options.threads == 1 ? "" : "s") << "\n"
              << options.batch << " x " << options.sequence << " tokens: " << std::fixed
              << std::setprecision(3) << times.front() << " ms at best, " << median
              << " ms median, " << std::setprecision(0) << rate << " tokens/s\n";
    return;
  }
  nlohmann::ordered_json result;
  result["cpu"] = cpu_name();
  result["isa"] = isa_name(encoder.isa());
  result["threads"] = options.threads;
  result["seq"] = options.sequence;
  result["batch"] = options.batch;
  result["latency_ms"] = {{"min", times.front()}, {"median", median}};
  result["tokens_per_s"] = rate;
  result["model"] = options.model;
  result["passes"] = times.size();
  result["compiler"] = kCompiler;
  result["version"] = BITCPP_VERSION;
  std::cout << result.dump() << "\n";
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
  command->add_option("--seq", options->sequence, "Tokens of a sequence")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads, which share out the batch")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Sequences of a pass")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  command->add_flag(
      "--json", options->json,
      "Print a JSON object: cpu, isa, threads, seq, batch, latency_ms, tokens_per_s, ...");
  command->footer(
      "BIT_CPU=scalar|avx2|avx512|neon forces an instruction set.\n\n"
      "Examples:\n  bit bench random:minilm-l6 --seq 12\n  BIT_CPU=avx2 bit bench random:bert-base "
      "--seq 128 --json");
  command->callback([options] { run_bench(*options); });
  return command;
}

}  // namespace bitcpp
