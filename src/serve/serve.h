// `bit serve`: models, batcher and endpoints behind an HTTP server, from start to stop.
#pragma once

#include <string>
#include <vector>

#include "serve/app.h"

namespace bitcpp {

struct ServeOptions {
  std::vector<std::string> models;  // paths, or NAME=PATH
  ModelOptions model;
  ServerOptions server;
  AppOptions app;
};

/// Serves until SIGTERM or SIGINT, then answers what has come and returns; a second one ends it at
/// once. SIGHUP reloads models whose files have changed. Says on stderr where it listens and what
/// happens. To be called before the process has other threads. Throws Error for a model or an
/// address that cannot be served.
void serve(const ServeOptions& options);

}  // namespace bitcpp
