// Labels with their scores, as text-embeddings-inference and the Hugging Face Inference API write
// them.
#pragma once

#include "serve/batcher.h"
#include "serve/json_text.h"

namespace bitcpp {

/// An array of {"score", "label"}, the greatest score first and at most `top` of them. `raw`:
/// logits instead of probabilities.
void write_predictions(const ServedModel& model, const Sequence& sequence, bool raw,
                       std::size_t top, JsonText& json);

}  // namespace bitcpp
