// Torch tensors in safetensors files: weights, checkpoints, golden data.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace bitcpp {

struct TensorFile {
  std::map<std::string, torch::Tensor> tensors;  // on the CPU
  std::map<std::string, std::string> metadata;
};

/// Reads every tensor (copied out of the mapping). Throws Error.
TensorFile read_tensors(const std::filesystem::path& path);

/// Writes through an AtomicFile. Tensors are made contiguous CPU tensors.
void write_tensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace bitcpp
