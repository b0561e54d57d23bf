#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "format/dtype.h"
#include "format/quote_name.h"
#include "format/safetensors.h"
#include "format/safetensors_header.h"

namespace bitcpp {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are used where they lie");

constexpr std::uint64_t kLongestHeader = 100'000'000;
constexpr std::size_t kLengthField = 8;

/// The header's length, checked against the file's.
std::uint64_t header_length(std::span<const std::uint8_t> bytes, const std::string& file) {
  if (bytes.size() < kLengthField) {
    throw Error(file + ": " + std::to_string(bytes.size()) +
                " bytes are too few for a safetensors file");
  }
  std::uint64_t length;
  std::memcpy(&length, bytes.data(), kLengthField);
  if (length > kLongestHeader) {
    throw Error(file + ": not a safetensors file, its header would have " + std::to_string(length) +
                " bytes (at most 100000000)");
  }
  if (length > bytes.size() - kLengthField) {
    throw Error(file + ": cut short, the header has " + std::to_string(length) +
                " bytes, the file " + std::to_string(bytes.size()));
  }
  return length;
}

/// Throws unless the tensors cover [0, data_bytes) without gap or overlap, each as large as its
/// shape says.
void check_layout(const std::map<std::string, TensorEntry>& tensors, std::uint64_t data_bytes,
                  const std::string& file) {
  std::vector<std::pair<std::array<std::uint64_t, 2>, const std::string*>> order;
  for (const auto& [name, entry] : tensors) {
    const auto [begin, end] = entry.offsets;
    const std::string tensor = file + ": tensor " + quote_name(name);
    if (begin > end) throw Error(tensor + " ends before it begins");
    if (end > data_bytes) {
      throw Error(tensor + " ends at byte " + std::to_string(end) + " of " +
                  std::to_string(data_bytes) + " (is the file cut short?)");
    }
    const auto bytes = tensor_bytes(entry.dtype, entry.shape);
    if (bytes != end - begin) {
      throw Error(tensor + " has " + std::to_string(end - begin) + " bytes, " +
                  dtype_name(entry.dtype) + " " + shape_text(entry.shape) + " needs " +
                  (bytes ? std::to_string(*bytes) : "over 2^64"));
    }
    order.emplace_back(entry.offsets, &name);
  }
  std::sort(order.begin(), order.end());
  std::uint64_t covered = 0;
  for (const auto& [offsets, name] : order) {
    if (offsets[0] != covered) {
      throw Error(file + ": tensor " + quote_name(*name) + " begins at byte " +
                  std::to_string(offsets[0]) + ", the one before it ends at " +
                  std::to_string(covered));
    }
    covered = offsets[1];
  }
  if (covered != data_bytes) {
    throw Error(file + ": " + std::to_string(data_bytes - covered) +
                " bytes after the last tensor");
  }
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  MappedFile mapping(path);
  SafetensorsFile file = parse(mapping.bytes(), path);
  file.file_ = std::move(mapping);
  return file;
}

SafetensorsFile SafetensorsFile::parse(std::span<const std::uint8_t> bytes,
                                       const std::filesystem::path& path) {
  const std::string name = path.string();
  const std::uint64_t length = header_length(bytes, name);
  const char* text = reinterpret_cast<const char*>(bytes.data()) + kLengthField;
  SafetensorsHeader header =
      parse_safetensors_header({text, static_cast<std::size_t>(length)}, name);
  const auto data = bytes.subspan(kLengthField + length);
  check_layout(header.tensors, data.size(), name);

  SafetensorsFile file;
  file.path_ = path;
  file.file_bytes_ = bytes.size();
  file.header_bytes_ = kLengthField + length;
  file.metadata_ = std::move(header.metadata);
  for (auto& [tensor, entry] : header.tensors) {
    const auto [begin, end] = entry.offsets;
    file.tensors_.emplace_hint(
        file.tensors_.end(), tensor,
        TensorView{entry.dtype, std::move(entry.shape), data.subspan(begin, end - begin)});
  }
  return file;
}

const TensorView* SafetensorsFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace bitcpp
