// Writes a packed model of random weights, to measure what needs a file: opening it, memory.
//
//   random_model bert-base|minilm-l6|LxHxAxF OUT.safetensors
#include "model/random_model.h"

#include <iostream>
#include <string>

#include "base/error.h"
#include "format/packed_model.h"

namespace bitcpp {
namespace {

/// BERT's special tokens and made-up words, as many as the model has rows for.
std::string vocabulary_of(std::int64_t size) {
  std::string words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (std::int64_t i = 5; i < size; ++i) words += "word" + std::to_string(i) + "\n";
  return words;
}

void write(const std::string& shape, const std::string& path) {
  RandomModel random = random_model(random_shape(shape));
  const std::string vocabulary = vocabulary_of(random.model.config.vocab_size);
  random.model.vocabulary = vocabulary;
  write_packed_model(path, random.model);
}

}  // namespace
}  // namespace bitcpp

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: random_model SHAPE OUT.safetensors\n";
    return bitcpp::kBadInput;
  }
  try {
    bitcpp::write(argv[1], argv[2]);
  } catch (const bitcpp::Error& error) {
    std::cerr << "random_model: " << error.what() << "\n";
    return bitcpp::kBadInput;
  }
}
