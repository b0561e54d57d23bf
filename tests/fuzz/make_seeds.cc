// Writes the first inputs of the fuzz targets of format and kernels: fuzz_seeds tests/fuzz/corpus
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "format/sample_model.h"

namespace bitcpp {
namespace {

void write_packed_seeds(const std::filesystem::path& folder) {
  const auto write = [&](const std::string& name, const PackedConfig& config,
                         const SampleLevels& levels) {
    SampleModel sample(config, levels);
    sample.model.metrics = R"({"accuracy":0.5})";
    write_packed_model(folder / ("seed_" + name), sample.model);
  };
  write("w1a1", tiny_config(), {});
  write("w1a2", tiny_config(), {4, 4, 4, 4, 4, 4, 4});
  write("mixed", tiny_config(), {3, 2, 3, 2, 3, 2, 9});
  write("attention8", tiny_config(), {.query = 256, .context = 3});
  PackedConfig odd = tiny_config();  // rows of 6 and 11 signs: padding bits
  odd.hidden_size = 6;
  odd.intermediate_size = 11;
  odd.task = "regression";
  odd.labels.clear();
  write("odd", odd, {});
  PackedConfig tagging = tiny_config();
  tagging.task = "tagging";
  tagging.labels = {"B-X", "I-X", "O"};
  write("tagging", tagging, {});
  PackedConfig questions = tiny_config();
  questions.task = "question-answering";
  questions.pair = true;
  questions.stride = 3;
  questions.labels.clear();
  write("questions", questions, {});
}

void write_safetensors_seeds(const std::filesystem::path& folder) {
  const std::string bytes(64, '\x3c');
  const auto view = [&](DType dtype, std::vector<std::int64_t> shape, std::size_t size) {
    return TensorView{
        dtype, std::move(shape), {reinterpret_cast<const std::uint8_t*>(bytes.data()), size}};
  };
  write_safetensors(folder / "seed_empty", {}, {});
  write_safetensors(folder / "seed_types",
                    {{"a", view(DType::kF32, {2, 3}, 24)},
                     {"b", view(DType::kF64, {}, 8)},
                     {"c", view(DType::kU8, {5}, 5)},
                     {"d", view(DType::kBF16, {0, 7}, 0)},
                     {"e", view(DType::kI64, {1, 1, 2}, 16)}},
                    {{"format", "pt"}, {"note", "\xC3\xA4\""}});
}

/// Every kernel of kernels_fuzz.cc (chosen by the first byte) with small and with larger sizes.
void write_kernel_seeds(const std::filesystem::path& folder) {
  std::uint32_t state = 1;
  for (int kernel = 0; kernel < 8; ++kernel) {
    for (const std::size_t size : {16, 61, 200}) {
      std::string bytes(1, static_cast<char>(kernel));
      while (bytes.size() < size) {
        state = state * 1664525u + 1013904223u;
        bytes += static_cast<char>(state >> 24);
      }
      write_file(folder / ("seed_" + std::to_string(kernel) + "_" + std::to_string(size)), bytes);
    }
  }
}

}  // namespace
}  // namespace bitcpp

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder / "packed_model");
  std::filesystem::create_directories(folder / "safetensors");
  std::filesystem::create_directories(folder / "kernels");
  bitcpp::write_packed_seeds(folder / "packed_model");
  bitcpp::write_safetensors_seeds(folder / "safetensors");
  bitcpp::write_kernel_seeds(folder / "kernels");
}
