// What a server says about itself: /info, /metrics, /openapi.json.
#pragma once

#include <string>
#include <vector>

#include "serve/app.h"

namespace bitcpp {

/// JSON of /info, with the keys of text-embeddings-inference and some more.
std::string model_info(const ServedModel& model, const std::vector<ModelPointer>& all,
                       const ApiLimits& limits, const BatcherOptions& batcher);

/// Prometheus' text format; the names of text-embeddings-inference where it has them.
std::string metrics_text(const AppMetrics& app, const Batcher& batcher, const Arrivals& arrivals);

/// The OpenAPI description of a server of these models: their limits, and the paths that one of
/// them answers.
std::string openapi_document(const std::vector<ModelPointer>& models, const ApiLimits& limits,
                             bool api_key);

}  // namespace bitcpp
