// The named tensors of a network, in a fixed order, each with the role that its optimizer treatment
// follows from.
#pragma once

#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

namespace bitcpp {

enum class ParameterRole {
  kWeight,         // matrices and embeddings: weight decay
  kBias,           // biases, LayerNorm, quantizer shifts: no decay
  kScale,          // quantizer scales: their own rate, no decay, kept >= kSmallestScale
  kWordEmbedding,  // rows in use only
  kConstant,       // never learned, nor taken over from another network: a shift that stays 0
};

struct Parameter {
  std::string name;  // Hugging Face's name
  torch::Tensor tensor;
  ParameterRole role;
};

class ParameterSet {
 public:
  /// Adds a parameter and returns its tensor. Word embeddings take no gradient themselves: their
  /// rows in use do.
  torch::Tensor add(std::string name, torch::Tensor tensor, ParameterRole role) {
    tensor.set_requires_grad(role != ParameterRole::kWordEmbedding &&
                             role != ParameterRole::kConstant);
    index_[name] = list_.size();
    list_.push_back({std::move(name), tensor, role});
    return tensor;
  }
  const std::vector<Parameter>& list() const { return list_; }
  /// nullptr when there is none of that name.
  const Parameter* find(const std::string& name) const {
    auto found = index_.find(name);
    return found == index_.end() ? nullptr : &list_[found->second];
  }

 private:
  std::vector<Parameter> list_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace bitcpp
