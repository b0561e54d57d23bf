// The server's endpoints: who answers which path, who may ask, and what is said when it cannot be
// done.
#pragma once

#include <array>
#include <atomic>
#include <string>

#include "http/server.h"
#include "serve/batcher.h"
#include "serve/models.h"
#include "serve/operation.h"

namespace bitcpp {

struct AppOptions {
  ApiLimits limits;
  std::string api_key;  // "": anybody may ask
  BatcherOptions batcher;
  std::size_t body_bytes = 0;  // what the server accepts, for openapi.json
};

/// Requests and their answers, counted.
struct AppMetrics {
  std::array<MetricCounter, 600> by_status = {};
  MetricCounter begun = 0;  // requests that the batcher took
};

class App {
 public:
  /// All of these outlive the App and the requests that it was given.
  App(const Models& models, Batcher& batcher, const Arrivals& arrivals, const AppOptions& options);

  /// An HttpServer's handler. Answers at once or hands the request to the batcher.
  void handle(HttpRequest request, Reply reply);
  /// From now on the server says of itself that it is not ready.
  void start_draining() { draining_ = true; }

 private:
  struct Route;
  static const std::vector<Route>& routes();

  void route(HttpRequest& request, Reply& reply);
  void route_v2(HttpRequest& request, Reply& reply);
  bool allowed(const HttpRequest& request) const;
  void submit(HttpRequest& request, Reply& reply, std::unique_ptr<Operation> operation,
              const std::string& model);
  void finish(const Reply& reply, HttpResponse response);
  void refuse(const Reply& reply, const ApiError& error, ErrorStyle style);

  HttpResponse page(const HttpRequest& request);
  HttpResponse health(const HttpRequest& request);
  HttpResponse info(const HttpRequest& request);
  HttpResponse metrics(const HttpRequest& request);
  HttpResponse openapi(const HttpRequest& request);
  HttpResponse openai_models(const HttpRequest& request);
  HttpResponse v2_server(const HttpRequest& request);
  HttpResponse v2_live(const HttpRequest& request);
  HttpResponse v2_ready(const HttpRequest& request);
  std::unique_ptr<Operation> by_default(const std::string& model) const;

  const Models& models_;
  Batcher& batcher_;
  const Arrivals& arrivals_;
  AppOptions options_;
  AppMetrics metrics_;
  std::string openapi_;
  std::atomic<bool> draining_ = false;
};

}  // namespace bitcpp
