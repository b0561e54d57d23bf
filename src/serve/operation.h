// An endpoint's way from a request's JSON to sequences, and from their results to the answer.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/api_error.h"
#include "serve/batcher.h"
#include "serve/models.h"

namespace bitcpp {

struct ApiLimits {
  std::size_t texts = 128;    // of a request
  std::size_t windows = 512;  // that a request's contexts may be cut into, for questions
};

/// What a request may be about.
struct ApiContext {
  const Models& models;
  ApiLimits limits;
  std::string model;  // the name in the URL, or ""
};

class Operation {
 public:
  virtual ~Operation() = default;

  /// Reads the request: sets `model` and returns what is to be run. Throws ApiError.
  virtual std::vector<Sequence> read(const nlohmann::json& body, const ApiContext& context) = 0;
  /// The answer, as JSON; `sequences` are those that `read` returned, with their results.
  virtual std::string answer(std::span<Sequence> sequences) const = 0;
  virtual ErrorStyle error_style() const { return ErrorStyle::kEmbeddingsInference; }

  ModelPointer model;
};

// Interface of text-embeddings-inference.
std::unique_ptr<Operation> make_predict();
std::unique_ptr<Operation> make_embed();
std::unique_ptr<Operation> make_tokenize();
// Shapes of the Hugging Face Inference API.
std::unique_ptr<Operation> make_classify();
std::unique_ptr<Operation> make_answer();
std::unique_ptr<Operation> make_tag();
// OpenAI.
std::unique_ptr<Operation> make_openai_embeddings();
// Open Inference Protocol.
std::unique_ptr<Operation> make_infer();

}  // namespace bitcpp
