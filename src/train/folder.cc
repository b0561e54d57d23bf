#include "train/folder.h"

#include <torch/csrc/jit/serialization/pickle.h>

#include "base/error.h"
#include "base/file.h"
#include "format/safetensors.h"
#include "train/libtorch.h"
#include "train/tensor_file.h"

namespace bitcpp {
namespace {

using torch::Tensor;
namespace fs = std::filesystem;

/// Hugging Face's BertForSequenceClassification name of a tensor that may come from a bare
/// BertModel.
std::string canonical_name(std::string name) {
  for (const char* prefix : {"embeddings.", "encoder.", "pooler."})
    if (name.rfind(prefix, 0) == 0) name = "bert." + name;
  auto replace_end = [&](const std::string& old, const std::string& fresh) {
    if (name.size() > old.size() && name.compare(name.size() - old.size(), old.size(), old) == 0)
      name.replace(name.size() - old.size(), old.size(), fresh);
  };
  replace_end("LayerNorm.gamma", "LayerNorm.weight");
  replace_end("LayerNorm.beta", "LayerNorm.bias");
  return name;
}

void add_weight(ParameterSet& weights, const std::string& name, const Tensor& tensor) {
  if (!tensor.is_floating_point()) return;  // position_ids and the like
  weights.add(canonical_name(name), tensor.to(torch::kFloat).contiguous(),
              ParameterRole::kWordEmbedding);
}

/// LibTorch's own message of many lines says where in LibTorch it failed; ours, what was expected.
c10::IValue unpickled(const fs::path& path) {
  const std::string bytes = read_file(path);
  try {
    return torch::jit::pickle_load(std::vector<char>(bytes.begin(), bytes.end()));
  } catch (const std::exception&) {
    throw Error(path.string() +
                ": expected a PyTorch state dictionary (torch.save of state_dict()), but it cannot "
                "be unpickled");
  }
}

ParameterSet read_pickle(const fs::path& path) {
  const c10::IValue value = unpickled(path);
  if (!value.isGenericDict())
    throw Error(path.string() + ": expected a PyTorch state dictionary, not a value of type " +
                value.tagKind());
  ParameterSet weights;
  for (const auto& entry : value.toGenericDict()) {
    if (!entry.value().isTensor()) continue;
    if (!entry.key().isString())
      throw Error(path.string() + ": expected a state dictionary with names as keys, not " +
                  entry.key().tagKind());
    add_weight(weights, entry.key().toStringRef(), entry.value().toTensor());
  }
  return weights;
}

bool may_start_fresh(const std::string& name) {
  for (const char* head : {"classifier.", "qa_outputs.", "bert.pooler."})
    if (name.rfind(head, 0) == 0) return true;
  return false;
}

}  // namespace

ParameterSet read_weights(const fs::path& folder) {
  const fs::path path = folder / "model.safetensors";
  if (!fs::exists(path)) {
    if (fs::exists(folder / "pytorch_model.bin")) return read_pickle(folder / "pytorch_model.bin");
    throw Error(folder.string() + ": expected model.safetensors or pytorch_model.bin");
  }
  ParameterSet weights;
  for (const auto& [name, tensor] : read_tensors(path).tensors) add_weight(weights, name, tensor);
  return weights;
}

Network load_network(const fs::path& folder, const NetworkConfig& config, torch::Device device,
                     std::uint64_t seed) {
  Network network(config, device, seed);
  ParameterSet weights = read_weights(folder);
  for (const std::string& name : network.copy_from(weights)) {
    const Parameter* there = weights.find(name);
    const Parameter* own = network.parameters().find(name);
    if (there && !may_start_fresh(name))
      throw Error(folder.string() + ": expected \"" + name + "\" with shape " +
                  c10::str(own->tensor.sizes()) + ", not " + c10::str(there->tensor.sizes()));
    if (!there && !may_start_fresh(name))
      throw Error(folder.string() + ": expected a tensor \"" + name + "\"");
  }
  return network;
}

void save_network(const fs::path& folder, const Network& network, const fs::path& tokenizer_source,
                  const std::map<std::string, std::string>& extra) {
  const fs::path temporary = folder.string() + ".tmp";
  fs::remove_all(temporary);
  fs::create_directories(temporary);
  write_file(temporary / "config.json", to_json(network.config()).dump(1) + "\n");
  TensorFile file;
  for (const Parameter& parameter : network.parameters().list())
    file.tensors[parameter.name] = parameter.tensor.detach().cpu();
  file.metadata["format"] = "pt";
  write_tensors(temporary / "model.safetensors", file);
  for (const char* name : {"vocab.txt", "tokenizer.json", "tokenizer_config.json"})
    if (fs::exists(tokenizer_source / name))
      fs::copy_file(tokenizer_source / name, temporary / name);
  for (const auto& [name, content] : extra) write_file(temporary / name, content);
  std::error_code failure;
  fs::rename(temporary, folder, failure);
  if (failure) throw Error(folder.string() + ": cannot write: " + failure.message());
}

}  // namespace bitcpp
