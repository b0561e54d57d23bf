// Writes a small random model for every task, for tests of what is built on the library:
//
//   tiny_models FOLDER     FOLDER/TASK.safetensors
#include <iostream>

#include "api/tiny_model.h"
#include "base/error.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tiny_models FOLDER\n";
    return bitcpp::kBadInput;
  }
  try {
    std::filesystem::create_directories(argv[1]);
    for (const auto& [task, labels] : bitcpp::tiny_labels())
      bitcpp::write_tiny_model(task, argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "tiny_models: " << error.what() << "\n";
    return bitcpp::kBadInput;
  }
}
