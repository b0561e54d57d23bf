#include "serve/models.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"

namespace bitcpp {

std::vector<ModelSource> model_sources(const std::vector<std::string>& arguments) {
  std::vector<ModelSource> sources;
  std::set<std::string> names;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    // "dir=x/model.safetensors" is a path.
    const bool named = equals != std::string::npos && equals > 0 && argument.find('/') > equals;
    ModelSource source;
    source.path = named ? argument.substr(equals + 1) : argument;
    source.name =
        named ? argument.substr(0, equals) : std::filesystem::path(argument).stem().string();
    if (!names.insert(source.name).second) {
      throw Error(source.path + ": a second model named '" + source.name +
                  "'; expected NAME=PATH to tell them apart");
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

Models::Models(std::vector<ModelSource> sources, const ModelOptions& options)
    : sources_(std::move(sources)), options_(options) {
  for (const ModelSource& source : sources_)
    models_.push_back(ServedModel::open(source.name, source.path, options_));
}

ModelPointer Models::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  for (const ModelPointer& model : models_) {
    if (name.empty() || model->name() == name) return model;
  }
  return nullptr;
}

ModelPointer Models::first(std::span<const ModelKind> kinds) const {
  const std::lock_guard lock(mutex_);
  for (const ModelPointer& model : models_) {
    if (std::find(kinds.begin(), kinds.end(), model->kind()) != kinds.end()) return model;
  }
  return nullptr;
}

std::vector<ModelPointer> Models::all() const {
  const std::lock_guard lock(mutex_);
  return models_;
}

void Models::reload(const std::function<void(const std::string&)>& log) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const ModelSource& source = sources_[i];
    try {
      const ModelPointer old = all()[i];
      if (FileIdentity::of(source.path) == old->identity()) {
        log(source.name + ": " + source.path + " has not changed");
        continue;
      }
      ModelPointer fresh = ServedModel::open(source.name, source.path, options_);
      {
        const std::lock_guard lock(mutex_);
        models_[i] = std::move(fresh);
      }
      log(source.name + ": loaded " + source.path + " anew");
    } catch (const Error& error) {
      log(source.name + ": the old model stays: " + error.what());
    }
  }
}

}  // namespace bitcpp
