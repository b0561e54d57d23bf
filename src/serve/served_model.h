// A model that is served: immutable, shared by all threads and by every request under way with it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/embedder.h"
#include "model/sequence_runner.h"
#include "model/tagger.h"

namespace bitcpp {

/// Which file a path names, and whether it has changed.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t size = 0, changed_ns = 0;
  bool operator==(const FileIdentity&) const = default;
  /// Throws Error when there is no such file.
  static FileIdentity of(const std::string& path);
};

enum class ModelKind { kClassification, kRegression, kTagging, kQuestionAnswering };

/// Which kinds answer what.
inline constexpr std::array kAllKinds = {ModelKind::kClassification, ModelKind::kRegression,
                                         ModelKind::kTagging, ModelKind::kQuestionAnswering};
inline constexpr std::array kWholeTextKinds = {ModelKind::kClassification, ModelKind::kRegression};
inline constexpr std::array kTaggingKinds = {ModelKind::kTagging};
inline constexpr std::array kAnsweringKinds = {ModelKind::kQuestionAnswering};

struct ModelOptions {
  std::size_t max_length = 0;  // tokens; 0: the model's own
  Pooling pooling = Pooling::kMean;
};

class ServedModel {
 public:
  /// Reads the file into memory of the process: whatever happens to the file later, requests go on
  /// with what was read. Throws Error as Encoder::open does.
  static std::shared_ptr<const ServedModel> open(const std::string& name, const std::string& path,
                                                 const ModelOptions& options);
  ServedModel(std::string name, Encoder encoder, const ModelOptions& options,
              const FileIdentity& identity);

  const std::string& name() const { return name_; }
  ModelKind kind() const { return kind_; }
  const PackedConfig& config() const { return encoder().config(); }
  const Encoder& encoder() const { return runner_.encoder(); }
  const Tokenizer& tokenizer() const { return runner_.tokenizer(); }
  /// Tokens a text may have.
  std::size_t max_length() const { return runner_.options().max_length; }
  Pooling pooling() const { return pooling_; }
  /// Not null where the kind is kTagging.
  const TagReader* tags() const { return tags_ ? &*tags_ : nullptr; }
  const FileIdentity& identity() const { return identity_; }
  /// Of the file, and of the same network's weights in 32 bits.
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(identity_.size); }
  std::uint64_t float_bytes() const;
  std::string label(std::size_t output) const;

 private:
  std::string name_;
  SequenceRunner runner_;  // its tokenizer and limits; threads have workspaces of their own
  ModelKind kind_;
  Pooling pooling_;
  std::optional<TagReader> tags_;
  FileIdentity identity_;
};

using ModelPointer = std::shared_ptr<const ServedModel>;

}  // namespace bitcpp
