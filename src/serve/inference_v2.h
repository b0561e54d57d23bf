// What a model's tensors are in the Open Inference Protocol.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "serve/served_model.h"

namespace bitcpp {

struct Tensor {
  std::string name, datatype;
  std::int64_t width = 0;  // of its second dimension; 0: it has one
  bool by_default = true;  // given when a request names no outputs
};

std::vector<Tensor> input_tensors(const ServedModel& model);
std::vector<Tensor> output_tensors(const ServedModel& model);

/// The answer to GET /v2/models/NAME.
std::string model_metadata(const ServedModel& model);

}  // namespace bitcpp
