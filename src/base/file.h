// Files: mapped or read whole, and written so that no half of one is ever left under its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace bitcpp {

/// A read-only memory mapping of a whole file. Movable; unmapped when destroyed.
class MappedFile {
 public:
  MappedFile() = default;
  /// Throws Error when the file cannot be opened, is not a regular file, or cannot be mapped.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The whole file. Throws Error when it cannot be read or is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path,
                      std::uint64_t limit = std::uint64_t{1} << 32);

/// A file written under a temporary name beside its final one; `commit` flushes, syncs and renames
/// it. Destroyed without `commit`, it leaves nothing behind.
class AtomicFile {
 public:
  /// Throws Error when the folder cannot be written.
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  std::ostream& stream() { return stream_; }
  /// Throws Error when any write failed (a full disk, say).
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  std::ofstream stream_;
};

/// Writes `content` to `path` through an AtomicFile.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace bitcpp
