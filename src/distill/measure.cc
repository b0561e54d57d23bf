#include "distill/measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "evaluate/evaluate.h"
#include "model/predictor.h"
#include "train/evaluation.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using nlohmann::json;

constexpr std::size_t kTimedTexts = 100;

/// Median microseconds of work(i) for i below count, after two untimed calls.
template <typename Work>
double median_microseconds(std::size_t count, const Work& work) {
  for (std::size_t i = 0; i < std::min<std::size_t>(2, count); ++i) work(i);
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work(i);
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(times.begin(), times.end());
  return times.empty() ? 0 : times[times.size() / 2];
}

/// Torch on one thread for as long as this lives.
struct OneThread {
  int before = at::get_num_threads();
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before); }
};

std::int64_t weight_bytes(const Network& network) {
  std::int64_t bytes = 0;
  for (const Parameter& parameter : network.parameters().list())
    bytes += 4 * parameter.tensor.numel();
  return bytes;
}

json row(const std::string& name, const json& metrics, std::int64_t bytes, double microseconds) {
  json row = metrics;
  row["name"] = name;
  row["bytes"] = bytes;
  row["microseconds_per_text"] = microseconds;
  return row;
}

std::string cell(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Logits of the packed model for the texts of `dev`, in order.
torch::Tensor packed_logits(const std::filesystem::path& path, const Dataset& dev) {
  Predictor predictor = Predictor::open(path);
  std::vector<TextInput> inputs;
  for (const Example& example : dev.examples)
    inputs.push_back({example.text, example.pair, dev.has_pair});
  const std::vector<Prediction> predictions = predictor.predict(inputs);
  torch::Tensor logits = torch::empty({static_cast<std::int64_t>(predictions.size()),
                                       static_cast<std::int64_t>(predictor.encoder().outputs())});
  for (std::size_t i = 0; i < predictions.size(); ++i)
    std::copy(predictions[i].logits.begin(), predictions[i].logits.end(),
              logits.data_ptr<float>() + static_cast<std::int64_t>(i) * logits.size(1));
  return logits;
}

}  // namespace

Measured measure_network(const std::string& name, Network& network, const Dataset& file,
                         const TaskData& dev, const Task& task, const Tokenizer& tokenizer) {
  const torch::Tensor logits = predict_logits(network, dev.texts);
  const json metrics = task_metrics(logits, dev, task);
  const OneThread guard;
  const double time =
      median_microseconds(std::min(kTimedTexts, file.examples.size()), [&](std::size_t i) {
        const std::vector<EncodedText> encoded = encode_example(file.examples[i], task, tokenizer);
        std::vector<const EncodedText*> texts;
        for (const EncodedText& text : encoded) texts.push_back(&text);
        Batch batch = make_batch(texts, network.device());
        network.forward(batch, {}).logits.cpu();
      });
  return {row(name, metrics, weight_bytes(network), time), {name, logits}};
}

Measured measure_packed(const std::string& name, const std::filesystem::path& path,
                        const Dataset& dev, const TaskData& data, const Task& task) {
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  const double time = median_microseconds(std::min(kTimedTexts, dev.examples.size()),
                                          example_runner(Encoder::open(path), dev));
  if (task.per_token())
    return {row(name, evaluate(Encoder::open(path), dev).metrics, bytes, time), {name, {}}};
  const torch::Tensor logits = packed_logits(path, dev);
  return {row(name, task_metrics(logits, data, task), bytes, time), {name, logits}};
}

std::string table_text(const json& rows, const std::string& metric) {
  char line[200];
  std::snprintf(line, sizeof line, "%-18s %10s %14s %16s\n", "", metric.c_str(), "size",
                "time per text");
  std::string text = line;
  for (const json& row : rows) {
    const double value = 100 * main_metric(row, metric);
    const std::string size =
        row.contains("bytes") ? cell("%.2f MB", row["bytes"].get<double>() / 1e6) : "";
    const double time = row["microseconds_per_text"];
    std::snprintf(
        line, sizeof line, "%-18s %8.2f %% %14s %16s\n", row["name"].get<std::string>().c_str(),
        value, size.c_str(),
        time < 1000 ? cell("%.0f us", time).c_str() : cell("%.2f ms", time / 1000).c_str());
    text += line;
  }
  return text;
}

}  // namespace bitcpp
