// Writes a BERT folder in Hugging Face's layout, far too small to be of use and of random weights,
// so that the documents' commands of training run in seconds:
//
//   tiny_backbone FOLDER < WORDS     WORDS: what the vocabulary has beside single characters
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "format/safetensors.h"

namespace bitcpp {
namespace {

constexpr std::int64_t kWidth = 32, kInner = 64, kLayers = 2, kPositions = 512;

/// Word pieces that leave nothing unknown: special ones, characters within and at the start of
/// words, then `words`.
std::vector<std::string> vocabulary_of(const std::set<std::string>& words) {
  std::vector<std::string> pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (char c = '!'; c <= '~'; ++c) {
    if (c >= 'A' && c <= 'Z') continue;
    pieces.push_back(std::string(1, c));
    pieces.push_back("##" + std::string(1, c));
  }
  for (const std::string& word : words)
    if (word.size() > 1) pieces.push_back(word);
  return pieces;
}

class Weights {
 public:
  void normal(const std::string& name, const std::vector<std::int64_t>& shape) {
    std::normal_distribution<float> draw(0, 0.05f);
    add(name, shape, [&] { return draw(random_); });
  }
  void constant(const std::string& name, std::int64_t size, float value) {
    add(name, {size}, [value] { return value; });
  }
  void dense(const std::string& name, std::int64_t out, std::int64_t in) {
    normal(name + ".weight", {out, in});
    constant(name + ".bias", out, 0);
  }
  void norm(const std::string& name) {
    constant(name + ".weight", kWidth, 1);
    constant(name + ".bias", kWidth, 0);
  }
  void write(const std::filesystem::path& path) const {
    std::map<std::string, TensorView> views;
    for (const auto& [name, tensor] : tensors_) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(tensor.values.data());
      views[name] = {DType::kF32, tensor.shape, {bytes, tensor.values.size() * sizeof(float)}};
    }
    write_safetensors(path, views, {{"format", "pt"}});
  }

 private:
  struct Tensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };

  template <typename Draw>
  void add(const std::string& name, const std::vector<std::int64_t>& shape, Draw draw) {
    std::size_t size = 1;
    for (const std::int64_t side : shape) size *= static_cast<std::size_t>(side);
    Tensor& tensor = tensors_[name];
    tensor.shape = shape;
    for (std::size_t i = 0; i < size; ++i) tensor.values.push_back(draw());
  }

  std::mt19937 random_{7};
  std::map<std::string, Tensor> tensors_;
};

/// BertForMaskedLM's tensors: bit augment asks for the head, the others leave it.
Weights weights_of(std::int64_t words) {
  Weights weights;
  const std::string embeddings = "bert.embeddings.";
  weights.normal(embeddings + "word_embeddings.weight", {words, kWidth});
  weights.normal(embeddings + "position_embeddings.weight", {kPositions, kWidth});
  weights.normal(embeddings + "token_type_embeddings.weight", {2, kWidth});
  weights.norm(embeddings + "LayerNorm");
  for (std::int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = "bert.encoder.layer." + std::to_string(i) + ".";
    for (const char* part : {"query", "key", "value"})
      weights.dense(layer + "attention.self." + part, kWidth, kWidth);
    weights.dense(layer + "attention.output.dense", kWidth, kWidth);
    weights.norm(layer + "attention.output.LayerNorm");
    weights.dense(layer + "intermediate.dense", kInner, kWidth);
    weights.dense(layer + "output.dense", kWidth, kInner);
    weights.norm(layer + "output.LayerNorm");
  }
  weights.dense("bert.pooler.dense", kWidth, kWidth);
  weights.dense("cls.predictions.transform.dense", kWidth, kWidth);
  weights.norm("cls.predictions.transform.LayerNorm");
  weights.constant("cls.predictions.bias", words, 0);
  return weights;
}

void write_backbone(const std::filesystem::path& folder, const std::set<std::string>& words) {
  const std::vector<std::string> vocabulary = vocabulary_of(words);
  const auto size = static_cast<std::int64_t>(vocabulary.size());
  std::filesystem::create_directories(folder);
  std::string lines;
  for (const std::string& piece : vocabulary) lines += piece + "\n";
  write_file(folder / "vocab.txt", lines);
  const nlohmann::json config = {{"model_type", "bert"},
                                 {"vocab_size", size},
                                 {"hidden_size", kWidth},
                                 {"intermediate_size", kInner},
                                 {"num_hidden_layers", kLayers},
                                 {"num_attention_heads", 4},
                                 {"hidden_act", "gelu"},
                                 {"layer_norm_eps", 1e-12},
                                 {"max_position_embeddings", kPositions},
                                 {"type_vocab_size", 2},
                                 {"pad_token_id", 0}};
  write_file(folder / "config.json", config.dump(1) + "\n");
  weights_of(size).write(folder / "model.safetensors");
}

}  // namespace
}  // namespace bitcpp

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tiny_backbone FOLDER < WORDS\n";
    return bitcpp::kBadInput;
  }
  try {
    std::set<std::string> words;
    for (std::string word; std::cin >> word;) words.insert(word);
    bitcpp::write_backbone(argv[1], words);
  } catch (const std::exception& error) {
    std::cerr << "tiny_backbone: " << error.what() << "\n";
    return bitcpp::kBadInput;
  }
}
