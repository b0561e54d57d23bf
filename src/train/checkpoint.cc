#include "train/checkpoint.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "train/libtorch.h"
#include "train/tensor_file.h"

namespace bitcpp {
namespace {

const std::string kSigns = "signs.";

void add_weights(TensorFile& file, const Network& network) {
  for (const Parameter& parameter : network.parameters().list())
    file.tensors["weight." + parameter.name] = parameter.tensor.detach();
}

void copy_weights(const TensorFile& file, Network& network, const std::string& where) {
  torch::NoGradGuard no_gradient;
  for (const Parameter& parameter : network.parameters().list()) {
    auto found = file.tensors.find("weight." + parameter.name);
    if (found == file.tensors.end() || found->second.sizes() != parameter.tensor.sizes())
      throw Error(where + ": expected \"weight." + parameter.name + "\" of this network's shape");
    torch::Tensor target = parameter.tensor;
    target.copy_(found->second);
  }
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Network& network,
                      const Adam& optimizer, const StageState& state) {
  TensorFile file{optimizer.state(), {}};
  add_weights(file, network);
  for (const auto& [name, bits] : state.signs.bits) file.tensors[kSigns + name] = bits;
  file.metadata["state"] =
      nlohmann::json{{"step", state.step},           {"best_metric", state.best_metric},
                     {"best_step", state.best_step}, {"stale", state.stale},
                     {"log_bytes", state.log_bytes}, {"signs_epoch", state.signs.epoch},
                     {"seconds", state.seconds}}
          .dump();
  write_tensors(path, file);
}

StageState read_checkpoint(const std::filesystem::path& path, Network& network, Adam& optimizer) {
  const TensorFile file = read_tensors(path);
  copy_weights(file, network, path.string());
  optimizer.load(file.tensors);
  auto text = file.metadata.find("state");
  const auto json =
      nlohmann::json::parse(text == file.metadata.end() ? "" : text->second, nullptr, false);
  if (!json.is_object()) throw Error(path.string() + ": expected a checkpoint's \"state\"");
  StageState state;
  state.step = json.at("step");
  state.best_metric = json.at("best_metric");
  state.best_step = json.at("best_step");
  state.stale = json.value("stale", std::int64_t{0});
  state.log_bytes = json.at("log_bytes");
  state.seconds = json.at("seconds");
  state.signs.epoch = json.value("signs_epoch", 0.0);
  for (const auto& [name, tensor] : file.tensors)
    if (name.rfind(kSigns, 0) == 0) state.signs.bits[name.substr(kSigns.size())] = tensor;
  return state;
}

void write_weights(const std::filesystem::path& path, const Network& network) {
  TensorFile file;
  add_weights(file, network);
  write_tensors(path, file);
}

void read_weights_into(const std::filesystem::path& path, Network& network) {
  copy_weights(read_tensors(path), network, path.string());
}

}  // namespace bitcpp
