// safetensors files: a JSON header that names tensors, then their bytes. Knows nothing of models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"

namespace bitcpp {

enum class DType { kBool, kU8, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };

/// Bytes of one element.
std::size_t dtype_size(DType dtype);
/// The format's name of a type: "U8", "F32", ...
const char* dtype_name(DType dtype);

/// A tensor's type, shape and bytes (row-major, little-endian), owned by the file they lie in.
struct TensorView {
  DType dtype = DType::kU8;
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> bytes;
};

/// A safetensors file, mapped read-only. Every offset, shape and size is checked when it is opened:
/// the header is at most 100 MB, tensors lie within the file, do not overlap and leave no gap.
/// Movable, not copied: the tensors' bytes lie in the mapping.
class SafetensorsFile {
 public:
  /// Throws Error: unreadable, truncated, or anything that the format forbids.
  static SafetensorsFile open(const std::filesystem::path& path);
  /// The same for bytes in memory, which must outlive the result; `path` only names them in errors.
  static SafetensorsFile parse(std::span<const std::uint8_t> bytes,
                               const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  /// The tensor's view, or nullptr.
  const TensorView* find(const std::string& name) const;
  std::size_t file_bytes() const { return file_bytes_; }
  /// Bytes before the first tensor: the length field and the header.
  std::size_t header_bytes() const { return header_bytes_; }

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, TensorView> tensors_;
  std::size_t file_bytes_ = 0, header_bytes_ = 0;
};

/// Writes a safetensors file through an AtomicFile; the header is padded so that data starts at a
/// multiple of 64 bytes, and tensors are laid out by falling element size so that each is aligned
/// to its type.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata);

/// IEEE half precision to float, exact.
float half_to_float(std::uint16_t half);
/// Float to IEEE half precision, round to nearest even (what torch's .to(kHalf) does).
std::uint16_t float_to_half(float value);

}  // namespace bitcpp
