// The label of a text, in C++: classify_cpp MODEL TEXT
#include <bitcpp/bitcpp.hpp>
#include <iostream>

int main(int argc, char** argv) try {
  const bitcpp::Model model(argc > 1 ? argv[1] : "model.safetensors");
  const auto answer = model.classify(argc > 2 ? argv[2] : "play some jazz");
  std::cout << answer.label << "\t" << answer.score << "\n";
} catch (const bitcpp::Error& error) {
  std::cerr << error.what() << "\n";
  return 2;
}
