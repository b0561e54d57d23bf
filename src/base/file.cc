#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace bitcpp {
namespace {

std::string because() { return std::strerror(errno); }

/// A descriptor that closes itself.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// Makes what was written to `path` (a file, or a folder's list of names) survive a power cut.
void sync_to_disk(const std::filesystem::path& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd >= 0) ::fsync(file.fd);
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) throw Error(path.string() + ": cannot open: " + because());
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) throw Error(path.string() + ": cannot stat: " + because());
  if (!S_ISREG(status.st_mode)) throw Error(path.string() + ": expected a regular file");
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (data == MAP_FAILED) throw Error(path.string() + ": cannot map: " + because());
  data_ = static_cast<const std::uint8_t*>(data);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path))
    throw Error(path.string() + ": cannot read: " + (errno ? because() : "not a file"));
  std::string content;
  char block[1 << 16];
  while (stream.read(block, sizeof block) || stream.gcount() > 0) {
    content.append(block, static_cast<std::size_t>(stream.gcount()));
    if (content.size() > limit)
      throw Error(path.string() + ": larger than " + std::to_string(limit) + " bytes");
  }
  return content;
}

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
  static std::atomic<unsigned> count{0};
  temporary_ = path_;
  temporary_ += ".tmp" + std::to_string(::getpid()) + "." + std::to_string(count++);
  stream_.open(temporary_, std::ios::binary | std::ios::trunc);
  if (!stream_) throw Error(path.string() + ": cannot write: " + because());
}

AtomicFile::~AtomicFile() {
  if (temporary_.empty()) return;
  stream_.close();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  stream_.close();
  if (!stream_) throw Error(path_.string() + ": cannot write: " + because());
  sync_to_disk(temporary_);
  std::error_code failure;
  std::filesystem::rename(temporary_, path_, failure);
  if (failure) throw Error(path_.string() + ": cannot write: " + failure.message());
  temporary_.clear();
  sync_to_disk(path_.has_parent_path() ? path_.parent_path() : ".");
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.stream().write(content.data(), static_cast<std::streamsize>(content.size()));
  file.commit();
}

}  // namespace bitcpp
