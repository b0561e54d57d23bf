#include "serve/describe.h"

#include <fstream>

#include "serve/json_text.h"

namespace bitcpp {
namespace {

void write_labels(const ServedModel& model, JsonText& json) {
  const auto outputs = static_cast<std::size_t>(model.encoder().outputs());
  json.begin_object().key("id2label").begin_object();
  for (std::size_t i = 0; i < outputs; ++i) json.key(std::to_string(i)).text(model.label(i));
  json.end_object().key("label2id").begin_object();
  for (std::size_t i = 0; i < outputs; ++i) json.key(model.label(i)).number(std::uint64_t{i});
  json.end_object().end_object();
}

const char* name_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::kTagging:
      return "tagger";
    case ModelKind::kQuestionAnswering:
      return "question_answerer";
    default:
      return "classifier";
  }
}

double resident_bytes() {
  std::ifstream statistics("/proc/self/statm");
  double size = 0, resident = 0;
  statistics >> size >> resident;
  return resident * 4096;
}

}  // namespace

std::string model_info(const ServedModel& model, const std::vector<ModelPointer>& all,
                       const ApiLimits& limits, const BatcherOptions& batcher) {
  JsonText json;
  json.begin_object().key("model_id").text(model.name()).key("model_sha").null();
  json.key("model_dtype").text("w1").key("served_model_name").text(model.name());
  json.key("model_type").begin_object().key(name_of(model.kind()));
  if (model.kind() == ModelKind::kQuestionAnswering) {
    json.begin_object().end_object();
  } else {
    write_labels(model, json);
  }
  json.end_object();
  json.key("max_concurrent_requests").number(std::uint64_t{batcher.max_tasks});
  json.key("max_input_length").number(std::uint64_t{model.max_length()});
  json.key("max_batch_tokens").number(std::uint64_t{batcher.batch_tokens});
  json.key("max_batch_requests").null();
  json.key("max_client_batch_size").number(std::uint64_t{limits.texts});
  json.key("auto_truncate").boolean(true).key("tokenization_workers").number(batcher.threads);
  json.key("version").text(BITCPP_VERSION).key("sha").null().key("docker_label").null();
  // What follows is ours.
  json.key("task").text(model.config().task).key("pair").boolean(model.config().pair);
  json.key("bytes").number(model.bytes()).key("float_bytes").number(model.float_bytes());
  json.key("embedding").begin_object().key("dimensions").number(model.config().hidden_size);
  json.key("pooling").text(model.pooling() == Pooling::kMean ? "mean" : "cls").end_object();
  json.key("models").begin_array();
  for (const ModelPointer& other : all) json.text(other->name());
  return json.end_array().end_object().take();
}

std::string metrics_text(const AppMetrics& app, const Batcher& batcher, const Arrivals& arrivals) {
  const BatcherMetrics& own = batcher.metrics();
  std::string out;
  const auto begun = static_cast<double>(app.begun.load());
  write_metric("te_request_count", "counter", "Requests that were accepted", begun, out);
  out += "# HELP bitcpp_responses_total Answers by status\n# TYPE bitcpp_responses_total counter\n";
  for (std::size_t status = 0; status < app.by_status.size(); ++status) {
    const std::uint64_t count = app.by_status[status].load(std::memory_order_relaxed);
    if (count == 0) continue;
    out += "bitcpp_responses_total{status=\"" + std::to_string(status) + "\"} " +
           std::to_string(count) + "\n";
  }
  write_metric("te_queue_size", "gauge", "Requests under way",
               static_cast<double>(batcher.waiting()), out);
  write_metric("bitcpp_connections", "gauge", "Open connections",
               static_cast<double>(arrivals.connections.load()), out);
  write_metric("bitcpp_sequences_total", "counter", "Sequences run",
               static_cast<double>(own.sequences.load()), out);
  write_metric("bitcpp_tokens_total", "counter", "Tokens run",
               static_cast<double>(own.tokens.load()), out);
  own.request.write("te_request_duration", "Seconds from a request to its answer", out);
  own.tokenization.write("te_request_tokenization_duration",
                         "Seconds to read and tokenize a request", out);
  own.queue.write("te_request_queue_duration", "Seconds a sequence waited", out);
  own.inference.write("te_request_inference_duration", "Seconds a batch took", out);
  own.input_length.write("te_request_input_length", "Tokens of a sequence", out);
  own.batch_size.write("te_batch_next_size", "Sequences of a batch", out);
  own.batch_tokens.write("te_batch_next_tokens", "Tokens of a batch", out);
  write_metric("process_resident_memory_bytes", "gauge", "Memory of this process", resident_bytes(),
               out);
  return out;
}

}  // namespace bitcpp
