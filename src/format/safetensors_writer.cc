#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "format/dtype.h"
#include "format/quote_name.h"
#include "format/safetensors.h"

namespace bitcpp {
namespace {

using Named = std::pair<const std::string, TensorView>;

/// Falling element size, then name: each tensor's offset is then a multiple of its element's size.
std::vector<const Named*> file_order(const std::map<std::string, TensorView>& tensors) {
  std::vector<const Named*> order;
  for (const Named& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const Named* a, const Named* b) {
    return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
  });
  return order;
}

/// `text` as a JSON string. Throws Error when it is not UTF-8.
std::string json_string(const std::string& text, const std::string& file) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(file + ": cannot store " + quote_name(text) + ", it is not UTF-8");
  }
}

std::string header_text(const std::vector<const Named*>& order,
                        const std::map<std::string, std::string>& metadata,
                        const std::string& file) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      text += json_string(key, file) + ":" + json_string(value, file) + ",";
    }
    text.back() = '}';
    text += ',';
  }
  std::uint64_t offset = 0;
  for (const Named* tensor : order) {
    const auto& [name, view] = *tensor;
    if (name == "__metadata__") throw Error(file + ": no tensor can be named __metadata__");
    if (tensor_bytes(view.dtype, view.shape) != view.bytes.size()) {
      throw Error(file + ": tensor " + quote_name(name) + " has " +
                  std::to_string(view.bytes.size()) + " bytes, not those of " +
                  dtype_name(view.dtype) + " " + shape_text(view.shape));
    }
    text += json_string(name, file) + ":{\"dtype\":\"" + dtype_name(view.dtype) + "\",\"shape\":[";
    for (std::size_t i = 0; i < view.shape.size(); ++i) {
      if (i) text += ',';
      text += std::to_string(view.shape[i]);
    }
    text += "],\"data_offsets\":[" + std::to_string(offset) + ",";
    offset += view.bytes.size();
    text += std::to_string(offset) + "]},";
  }
  if (text.back() == ',') text.pop_back();
  return text + "}";
}

}  // namespace

void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  constexpr std::size_t kLengthField = 8, kDataAlignment = 64;
  const auto order = file_order(tensors);
  std::string header = header_text(order, metadata, path.string());
  const std::size_t over = (kLengthField + header.size()) % kDataAlignment;
  if (over != 0) header.append(kDataAlignment - over, ' ');
  if (header.size() > 100'000'000) throw Error(path.string() + ": a header of over 100 MB");

  AtomicFile file(path);
  const std::uint64_t length = header.size();
  char field[kLengthField];
  for (std::size_t i = 0; i < kLengthField; ++i) field[i] = static_cast<char>(length >> (8 * i));
  file.stream().write(field, sizeof field);
  file.stream().write(header.data(), static_cast<std::streamsize>(header.size()));
  for (const Named* tensor : order) {
    const auto bytes = tensor->second.bytes;
    file.stream().write(reinterpret_cast<const char*>(bytes.data()),
                        static_cast<std::streamsize>(bytes.size()));
  }
  file.commit();
}

}  // namespace bitcpp
