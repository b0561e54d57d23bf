// What a client is told when its request cannot be answered.
#pragma once

#include <stdexcept>
#include <string>

namespace bitcpp {

/// Kinds of errors as text-embeddings-inference names them, each with its status.
enum class ApiErrorType {
  kValidation,  // 422, or 400, 404, 413 ... where given: the request is wrong
  kEmpty,       // 400: no inputs
  kTokenizer,   // 422: a text cannot be tokenized
  kBackend,     // 424: this model cannot do that
  kOverloaded,  // 429: come back later
  kUnhealthy,   // 503
};

int status_of(ApiErrorType type);
/// "Validation", ...
const char* name_of(ApiErrorType type);

class ApiError : public std::runtime_error {
 public:
  ApiError(ApiErrorType type, const std::string& message)
      : ApiError(status_of(type), type, message) {}
  ApiError(int status, ApiErrorType type, const std::string& message)
      : std::runtime_error(message), status(status), type(type) {}

  int status;
  ApiErrorType type;
};

/// 404 for a model of that name.
ApiError not_served(const std::string& model);

/// The three ways in which the interfaces report errors.
enum class ErrorStyle {
  kEmbeddingsInference,  // {"error": ..., "error_type": ...}
  kOpenAi,               // {"error": {"message": ..., "type": ..., "param": ..., "code": ...}}
  kInferenceProtocol,    // {"error": ...}
};

std::string error_body(const ApiError& error, ErrorStyle style);

}  // namespace bitcpp
