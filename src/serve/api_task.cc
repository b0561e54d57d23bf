#include "serve/api_task.h"

#include <charconv>
#include <iostream>

#include "base/error.h"
#include "format/strict_json.h"

namespace bitcpp {
namespace {

/// Milliseconds with three decimals.
std::string milliseconds(Clock::time_point begin, Clock::time_point end) {
  char digits[32];
  const double ms = std::chrono::duration<double, std::milli>(end - begin).count();
  return {digits,
          std::to_chars(digits, digits + sizeof digits, ms, std::chars_format::fixed, 3).ptr};
}

nlohmann::json parse(const std::string& body) {
  nlohmann::json json;
  try {
    json = parse_strict_json(body, "the body");
  } catch (const Error& error) {
    throw ApiError(400, ApiErrorType::kValidation, error.what());
  }
  if (!json.is_object()) throw ApiError(ApiErrorType::kValidation, "the body is no JSON object");
  return json;
}

}  // namespace

ApiTask::ApiTask(std::string body, std::unique_ptr<Operation> operation, ApiContext context,
                 std::function<void(HttpResponse)> send, std::function<bool()> unwanted)
    : body_(std::move(body)),
      bytes_(body_.size()),
      operation_(std::move(operation)),
      context_(std::move(context)),
      send_(std::move(send)),
      unwanted_(std::move(unwanted)) {}

void ApiTask::prepare() {
  sequences = operation_->read(parse(body_), context_);
  model = operation_->model;
  body_ = {};
}

void ApiTask::finish() {
  HttpResponse response;
  const Clock::time_point computed = Clock::now();
  response.body = operation_->answer(sequences);
  std::size_t tokens = 0;
  for (const Sequence& sequence : sequences) tokens += sequence.encoding.ids.size();
  const Clock::time_point begun = sequences.empty() ? prepared : started;
  // As text-embeddings-inference has them, with decimals: a text takes less than a millisecond.
  response.headers = {{"X-Compute-Type", "cpu"},
                      {"X-Compute-Tokens", std::to_string(tokens)},
                      {"X-Total-Time", milliseconds(submitted, Clock::now())},
                      {"X-Tokenization-Time", milliseconds(preparing, prepared)},
                      {"X-Queue-Time", milliseconds(prepared, begun)},
                      {"X-Inference-Time", milliseconds(begun, computed)}};
  send_(std::move(response));
}

void ApiTask::fail(const std::exception& error) {
  HttpResponse response;
  if (const auto* known = dynamic_cast<const ApiError*>(&error)) {
    response.status = known->status;
    response.body = error_body(*known, operation_->error_style());
  } else {
    // Requests are checked before anything is run, so this is a fault of ours.
    std::cerr << "bit serve: a request failed: " + std::string(error.what()) + "\n";
    response.status = 500;
    response.body = error_body(ApiError(500, ApiErrorType::kBackend, "internal error"),
                               operation_->error_style());
  }
  send_(std::move(response));
}

}  // namespace bitcpp
