#include "train/tensor_file.h"

#include <cstring>

#include "base/error.h"
#include "format/safetensors.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

constexpr std::pair<DType, torch::ScalarType> kTypes[] = {
    {DType::kBool, torch::kBool}, {DType::kU8, torch::kUInt8},      {DType::kI8, torch::kInt8},
    {DType::kI16, torch::kInt16}, {DType::kI32, torch::kInt32},     {DType::kI64, torch::kInt64},
    {DType::kF16, torch::kHalf},  {DType::kBF16, torch::kBFloat16}, {DType::kF32, torch::kFloat},
    {DType::kF64, torch::kDouble}};

torch::ScalarType torch_type(DType type) {
  for (auto [own, theirs] : kTypes)
    if (own == type) return theirs;
  throw Error("a tensor type that torch lacks");
}

DType own_type(torch::ScalarType type) {
  for (auto [own, theirs] : kTypes)
    if (theirs == type) return own;
  throw Error("a tensor type that safetensors files lack");
}

}  // namespace

TensorFile read_tensors(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  TensorFile result{{}, file.metadata()};
  for (const auto& [name, view] : file.tensors()) {
    torch::Tensor tensor = torch::empty(view.shape, torch_type(view.dtype));
    if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
    result.tensors[name] = tensor;
  }
  return result;
}

void write_tensors(const std::filesystem::path& path, const TensorFile& file) {
  std::map<std::string, torch::Tensor> contiguous;  // keeps what the views point to
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : file.tensors) {
    const torch::Tensor& kept = contiguous[name] = tensor.cpu().contiguous();
    views[name] = {own_type(kept.scalar_type()),
                   kept.sizes().vec(),
                   {static_cast<const std::uint8_t*>(kept.data_ptr()), kept.nbytes()}};
  }
  write_safetensors(path, views, file.metadata);
}

}  // namespace bitcpp
