#include "train/folder.h"

#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include "base/error.h"
#include "base/file.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

/// What read_weights says of a folder whose pytorch_model.bin holds `bytes`.
std::string error_of(const std::string& bytes) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "pickled";
  std::filesystem::create_directories(folder);
  write_file(folder / "pytorch_model.bin", bytes);
  try {
    read_weights(folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string pickled(const c10::IValue& value) {
  const std::vector<char> bytes = torch::jit::pickle_save(value);
  return {bytes.begin(), bytes.end()};
}

TEST(Folder, APickleThatIsNoStateDictionaryIsRefusedInOneLine) {
  const c10::IValue list(c10::List<torch::Tensor>({torch::ones({2})}));
  c10::impl::GenericDict numbered(c10::IntType::get(), c10::TensorType::get());
  numbered.insert(c10::IValue(1), torch::ones({2}));
  for (const std::string& bytes : {std::string("not a pickle"), std::string(), pickled(list),
                                   pickled(c10::IValue(numbered))}) {
    const std::string message = error_of(bytes);
    EXPECT_NE(message.find("pytorch_model.bin: expected a "), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.find("INTERNAL ASSERT"), std::string::npos) << message;
  }
  EXPECT_NE(error_of(pickled(list)).find("not a value of type"), std::string::npos);
}

TEST(Folder, AStateDictionaryIsReadUnderCanonicalNames) {
  c10::impl::GenericDict weights(c10::StringType::get(), c10::TensorType::get());
  weights.insert(c10::IValue("embeddings.LayerNorm.gamma"), torch::full({3}, 2.0));
  const auto folder = std::filesystem::path(testing::TempDir()) / "pickled";
  std::filesystem::create_directories(folder);
  write_file(folder / "pytorch_model.bin", pickled(c10::IValue(weights)));
  const ParameterSet read = read_weights(folder);
  const Parameter* gamma = read.find("bert.embeddings.LayerNorm.weight");
  ASSERT_NE(gamma, nullptr);
  EXPECT_TRUE(torch::equal(gamma->tensor, torch::full({3}, 2.0)));
}

}  // namespace
}  // namespace bitcpp
