// The models of a server by name, and how they are replaced while it runs.
#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "serve/served_model.h"

namespace bitcpp {

struct ModelSource {
  std::string name, path;
};

/// "NAME=PATH", or a path alone, whose stem is the name. Throws Error where two have one name.
std::vector<ModelSource> model_sources(const std::vector<std::string>& arguments);

class Models {
 public:
  /// Opens all. Throws Error as ServedModel::open does.
  Models(std::vector<ModelSource> sources, const ModelOptions& options);

  /// The model of that name, or for "" the first one; null where there is none.
  ModelPointer find(std::string_view name) const;
  /// The first one of these kinds; null where there is none.
  ModelPointer first(std::span<const ModelKind> kinds) const;
  /// In the order they were given.
  std::vector<ModelPointer> all() const;

  /// Opens those whose files have changed and puts them in the old ones' places, which live on as
  /// long as requests use them. A file that cannot be opened leaves its old model there. Says what
  /// it did to `log`, line by line. One call at a time.
  void reload(const std::function<void(const std::string&)>& log);

 private:
  std::vector<ModelSource> sources_;
  ModelOptions options_;
  mutable std::mutex mutex_;
  std::vector<ModelPointer> models_;
};

}  // namespace bitcpp
