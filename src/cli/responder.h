// What `bit run` answers to its inputs, one JSON object a line: a responder for each kind of model.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/text_source.h"
#include "model/sequence_runner.h"

namespace bitcpp {

struct ResponseOptions {
  int top = 0;         // scores or answers shown; 0: all scores, one answer
  bool words = false;  // every word's tag, not only entities
};

struct Response {
  std::string line;
  bool truncated = false;  // the text (or question) was cut
};

class Responder {
 public:
  /// The responder for the model in `path`. Throws Error as Encoder::open does.
  static std::unique_ptr<Responder> open(const std::string& path, const PredictorOptions& predictor,
                                         const ResponseOptions& options);
  virtual ~Responder() = default;

  /// What this model takes as an input.
  virtual InputKind input_kind() const = 0;
  /// Tokens that a text may have.
  virtual std::size_t max_length() const = 0;
  /// In order.
  virtual std::vector<Response> respond(std::span<const SourceText> inputs) = 0;
};

}  // namespace bitcpp
