// Many threads, one model: every line of standard input is labelled, lines split over the threads.
// threads MODEL COUNT < texts
#include <bitcpp/bitcpp.hpp>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) try {
  const bitcpp::Model model(argc > 1 ? argv[1] : "model.safetensors");
  const std::size_t count = argc > 2 ? std::stoul(argv[2]) : 2;
  std::vector<std::string> texts, labels;
  for (std::string line; std::getline(std::cin, line);) texts.push_back(line);
  labels.resize(texts.size());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < count; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < texts.size(); i += count)
        labels[i] = model.classify(texts[i]).label;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& label : labels) std::cout << label << "\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 2;
}
