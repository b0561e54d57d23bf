#include "serve/api_error.h"

#include "serve/json_text.h"

namespace bitcpp {

int status_of(ApiErrorType type) {
  switch (type) {
    case ApiErrorType::kEmpty:
      return 400;
    case ApiErrorType::kBackend:
      return 424;
    case ApiErrorType::kOverloaded:
      return 429;
    case ApiErrorType::kUnhealthy:
      return 503;
    default:
      return 422;
  }
}

const char* name_of(ApiErrorType type) {
  switch (type) {
    case ApiErrorType::kEmpty:
      return "Empty";
    case ApiErrorType::kTokenizer:
      return "Tokenizer";
    case ApiErrorType::kBackend:
      return "Backend";
    case ApiErrorType::kOverloaded:
      return "Overloaded";
    case ApiErrorType::kUnhealthy:
      return "Unhealthy";
    default:
      return "Validation";
  }
}

ApiError not_served(const std::string& model) {
  return {404, ApiErrorType::kValidation, "the model '" + model + "' is not served"};
}

std::string error_body(const ApiError& error, ErrorStyle style) {
  JsonText json;
  json.begin_object().key("error");
  if (style == ErrorStyle::kOpenAi) {
    json.begin_object().key("message").text(error.what());
    json.key("type").text(error.status == 429   ? "rate_limit_error"
                          : error.status >= 500 ? "server_error"
                                                : "invalid_request_error");
    json.key("param").null();
    json.key("code");
    if (error.status == 404) {
      json.text("model_not_found");
    } else if (error.status == 401) {
      json.text("invalid_api_key");
    } else {
      json.null();
    }
    json.end_object();
  } else {
    json.text(error.what());
    if (style == ErrorStyle::kEmbeddingsInference) json.key("error_type").text(name_of(error.type));
  }
  return json.end_object().take();
}

}  // namespace bitcpp
