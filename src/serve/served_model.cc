#include "serve/served_model.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "http/socket.h"

namespace bitcpp {
namespace {

ModelKind kind_of(const PackedConfig& config) {
  if (config.task == "tagging") return ModelKind::kTagging;
  if (config.task == "question-answering") return ModelKind::kQuestionAnswering;
  return config.task == "regression" ? ModelKind::kRegression : ModelKind::kClassification;
}

/// Memory of this process with a file's content, which can be mapped by the name of its descriptor.
/// A file that is mapped itself could be overwritten in place or cut short, and the process would
/// compute nonsense or be killed.
FileDescriptor copy_in_memory(const std::string& path) {
  const MappedFile file{path};
  FileDescriptor copy(memfd_create("bit-model", MFD_CLOEXEC));
  if (!copy.open()) throw Error(path + ": no memory for a copy: " + std::strerror(errno));
  for (std::size_t done = 0; done < file.bytes().size();) {
    const ssize_t count = write(copy.get(), file.bytes().data() + done, file.bytes().size() - done);
    if (count <= 0) throw Error(path + ": no memory for a copy: " + std::strerror(errno));
    done += static_cast<std::size_t>(count);
  }
  return copy;
}

Encoder open_copy(const std::string& path) {
  const FileDescriptor copy = copy_in_memory(path);
  const std::string name = "/proc/self/fd/" + std::to_string(copy.get());
  try {
    return Encoder::open(name);
  } catch (const Error& error) {
    std::string message = error.what();
    if (message.starts_with(name)) message.replace(0, name.size(), path);
    throw Error(message);
  }
}

}  // namespace

FileIdentity FileIdentity::of(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) throw Error(path + ": " + std::strerror(errno));
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::shared_ptr<const ServedModel> ServedModel::open(const std::string& name,
                                                     const std::string& path,
                                                     const ModelOptions& options) {
  // Before the content: should the file change in between, the next look sees that it has.
  const FileIdentity identity = FileIdentity::of(path);
  return std::make_shared<const ServedModel>(name, open_copy(path), options, identity);
}

ServedModel::ServedModel(std::string name, Encoder encoder, const ModelOptions& options,
                         const FileIdentity& identity)
    : name_(std::move(name)),
      runner_(std::move(encoder), {.max_length = options.max_length}),
      kind_(kind_of(config())),
      pooling_(options.pooling),
      identity_(identity) {
  if (kind_ == ModelKind::kTagging) tags_.emplace(config().labels);
}

std::uint64_t ServedModel::float_bytes() const {
  const PackedConfig& c = config();
  const std::int64_t hidden = c.hidden_size, inner = c.intermediate_size;
  const std::int64_t norm = 2 * hidden;
  const std::int64_t embeddings =
      (c.vocab_size + c.max_position_embeddings + c.type_vocab_size) * hidden + norm;
  const std::int64_t layer =
      4 * (hidden * hidden + hidden) + 2 * hidden * inner + inner + hidden + 2 * norm;
  const std::int64_t pooler = per_token(c) ? 0 : hidden * hidden + hidden;
  const std::int64_t head = encoder().outputs() * (hidden + 1);
  return 4 * static_cast<std::uint64_t>(embeddings + c.num_hidden_layers * layer + pooler + head);
}

std::string ServedModel::label(std::size_t output) const {
  return output < config().labels.size() ? config().labels[output]
                                         : "LABEL_" + std::to_string(output);
}

}  // namespace bitcpp
