// Model folders in Hugging Face's layout, in and out.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "train/network.h"

namespace bitcpp {

/// Every float tensor of `folder`/model.safetensors, or of pytorch_model.bin where there is none,
/// as fp32 under the names of Hugging Face's BertFor... classes (a missing "bert." prefix is added,
/// "LayerNorm.gamma/beta" renamed). Throws Error.
ParameterSet read_weights(const std::filesystem::path& folder);

/// The network of a folder with its trained weights. Throws Error when a weight is missing or has
/// another shape; a head that `config` asks for and the folder lacks starts fresh from `seed`, and
/// so do a missing pooler's weights.
Network load_network(const std::filesystem::path& folder, const NetworkConfig& config,
                     torch::Device device, std::uint64_t seed);

/// Writes config.json, model.safetensors and `tokenizer_source`'s vocab.txt, tokenizer.json and
/// tokenizer_config.json (those there are), and `extra` files by name and content, to a temporary
/// folder and renames it to `folder`, which must not exist. Throws Error.
void save_network(const std::filesystem::path& folder, const Network& network,
                  const std::filesystem::path& tokenizer_source,
                  const std::map<std::string, std::string>& extra = {});

}  // namespace bitcpp
