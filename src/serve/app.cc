#include "serve/app.h"

#include <algorithm>

#include "serve/api_task.h"
#include "serve/describe.h"
#include "serve/inference_v2.h"
#include "serve/json_text.h"
#include "serve/page.h"

namespace bitcpp {
namespace {

/// Takes as long for every key of the same length, so that it cannot be guessed byte by byte.
bool equal_in_constant_time(std::string_view given, std::string_view expected) {
  std::size_t difference = given.size() ^ expected.size();
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i] ^ expected[i % expected.size()]);
  return difference == 0;
}

/// The model that the query names, or "". Throws ApiError for one that is not there.
std::string model_in_query(std::string_view query, const Models& models) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view field = query.substr(0, end);
    const std::size_t equals = std::min(field.find('='), field.size());
    if (field.substr(0, equals) == "model") {
      std::string name;
      const bool valid = percent_decode(field.substr(std::min(equals + 1, field.size())), name);
      if (valid && !name.empty() && models.find(name) != nullptr) return name;
      throw not_served(valid ? name : std::string(field));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return "";
}

HttpResponse json_response(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

ErrorStyle style_of(std::string_view path) {
  if (path.starts_with("/v1/") || path == "/embeddings") return ErrorStyle::kOpenAi;
  return path.starts_with("/v2") ? ErrorStyle::kInferenceProtocol
                                 : ErrorStyle::kEmbeddingsInference;
}

}  // namespace

/// An exact path. GET ones answer at once (and to HEAD), POST ones go through the batcher.
struct App::Route {
  std::string_view method, path;
  bool open;  // no key needed
  HttpResponse (App::*get)(const HttpRequest&) = nullptr;
  std::unique_ptr<Operation> (*post)() = nullptr;
};

const std::vector<App::Route>& App::routes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "/", true, &App::page},
      {"POST", "/", false},
      {"GET", "/health", true, &App::health},
      {"GET", "/ping", true, &App::health},
      {"GET", "/metrics", true, &App::metrics},
      {"GET", "/openapi.json", true, &App::openapi},
      {"GET", "/info", false, &App::info},
      {"POST", "/predict", false, nullptr, make_predict},
      {"POST", "/embed", false, nullptr, make_embed},
      {"POST", "/tokenize", false, nullptr, make_tokenize},
      {"POST", "/answer", false, nullptr, make_answer},
      {"POST", "/tag", false, nullptr, make_tag},
      {"POST", "/v1/embeddings", false, nullptr, make_openai_embeddings},
      {"POST", "/embeddings", false, nullptr, make_openai_embeddings},
      {"GET", "/v1/models", false, &App::openai_models},
      {"GET", "/v2", false, &App::v2_server},
      {"GET", "/v2/", false, &App::v2_server},
      {"GET", "/v2/health/live", true, &App::v2_live},
      {"GET", "/v2/health/ready", true, &App::v2_ready},
  };
  return kRoutes;
}

App::App(const Models& models, Batcher& batcher, const Arrivals& arrivals,
         const AppOptions& options)
    : models_(models), batcher_(batcher), arrivals_(arrivals), options_(options) {
  openapi_ = openapi_document(models.all(), options.limits, !options.api_key.empty());
}

void App::handle(HttpRequest request, Reply reply) {
  try {
    route(request, reply);
  } catch (const ApiError& error) {
    refuse(reply, error, style_of(request.path));
  }
}

bool App::allowed(const HttpRequest& request) const {
  if (options_.api_key.empty()) return true;
  const std::string* given = request.header("authorization");
  constexpr std::string_view kScheme = "Bearer ";
  return given != nullptr && given->starts_with(kScheme) &&
         equal_in_constant_time(std::string_view(*given).substr(kScheme.size()), options_.api_key);
}

void App::route(HttpRequest& request, Reply& reply) {
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  const Route* found = nullptr;
  std::string others;  // methods that the path has
  for (const Route& route : routes()) {
    if (route.path != request.path) continue;
    if (route.method == method) found = &route;
    others += (others.empty() ? "" : ", ") + std::string(route.method);
    if (route.method == "GET") others += ", HEAD";
  }
  if (found == nullptr || !found->open) {
    if (!allowed(request))
      throw ApiError(401, ApiErrorType::kValidation, "expected Authorization: Bearer KEY");
  }
  if (found != nullptr) {
    if (found->get != nullptr) return finish(reply, (this->*found->get)(request));
    const std::string model = model_in_query(request.query, models_);
    return submit(request, reply, found->post != nullptr ? found->post() : by_default(model),
                  model);
  }
  if (!others.empty()) {
    const ApiError error(405, ApiErrorType::kValidation, "expected " + others);
    HttpResponse response = json_response(error_body(error, style_of(request.path)));
    response.status = error.status;
    response.headers = {{"Allow", others}};
    return finish(reply, std::move(response));
  }
  if (request.path.starts_with("/v2/models/")) return route_v2(request, reply);
  throw ApiError(404, ApiErrorType::kValidation, "no such path");
}

/// /v2/models/NAME, /v2/models/NAME/ready, /v2/models/NAME/infer.
void App::route_v2(HttpRequest& request, Reply& reply) {
  std::string name = request.path.substr(std::string_view("/v2/models/").size());
  const std::size_t slash = name.find('/');
  const std::string action = slash == std::string::npos ? "" : name.substr(slash + 1);
  name = name.substr(0, slash);
  const ModelPointer model = name.empty() ? nullptr : models_.find(name);
  if (!action.empty() && action != "ready" && action != "infer")
    throw ApiError(404, ApiErrorType::kValidation, "no such path");
  const bool infer = action == "infer";
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (infer ? request.method != "POST" : !get) {
    const char* expected = infer ? "POST" : "GET, HEAD";
    HttpResponse response = json_response(
        error_body(ApiError(405, ApiErrorType::kValidation, std::string("expected ") + expected),
                   ErrorStyle::kInferenceProtocol));
    response.status = 405;
    response.headers = {{"Allow", expected}};
    return finish(reply, std::move(response));
  }
  if (model == nullptr) throw not_served(name);
  if (infer) return submit(request, reply, make_infer(), name);
  JsonText json;
  json.begin_object().key("name").text(name).key("ready").boolean(true).end_object();
  finish(reply, json_response(action.empty() ? model_metadata(*model) : json.take()));
}

/// What the model of that name is for.
std::unique_ptr<Operation> App::by_default(const std::string& name) const {
  switch (models_.find(name)->kind()) {
    case ModelKind::kTagging:
      return make_tag();
    case ModelKind::kQuestionAnswering:
      return make_answer();
    default:
      return make_classify();
  }
}

void App::submit(HttpRequest& request, Reply& reply, std::unique_ptr<Operation> operation,
                 const std::string& model) {
  const std::string* type = request.header("content-type");
  const std::string_view given = type == nullptr ? std::string_view() : *type;
  if (!given.starts_with("application/json")) {
    throw ApiError(415, ApiErrorType::kValidation,
                   "expected a body with Content-Type: application/json");
  }
  const ErrorStyle style = operation->error_style();
  const auto task = std::make_shared<ApiTask>(
      std::move(request.body), std::move(operation), ApiContext{models_, options_.limits, model},
      [this, reply](HttpResponse response) { finish(reply, std::move(response)); },
      [reply] { return reply.unwanted(); });
  if (batcher_.submit(task)) {
    metrics_.begun.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const ApiError error(ApiErrorType::kOverloaded, "Model is overloaded");
  HttpResponse response = json_response(error_body(error, style));
  response.status = error.status;
  response.headers = {{"Retry-After", std::to_string(batcher_.retry_after())}};
  finish(reply, std::move(response));
}

void App::refuse(const Reply& reply, const ApiError& error, ErrorStyle style) {
  HttpResponse response = json_response(error_body(error, style));
  response.status = error.status;
  if (error.status == 401) response.headers = {{"WWW-Authenticate", "Bearer"}};
  finish(reply, std::move(response));
}

void App::finish(const Reply& reply, HttpResponse response) {
  metrics_.by_status.at(static_cast<std::size_t>(response.status))
      .fetch_add(1, std::memory_order_relaxed);
  reply.send(std::move(response));
}

HttpResponse App::page(const HttpRequest&) {
  HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body = kPage;
  response.headers = {{"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                       "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'"},
                      {"X-Content-Type-Options", "nosniff"}};
  return response;
}

HttpResponse App::health(const HttpRequest&) {
  if (draining_) throw ApiError(ApiErrorType::kUnhealthy, "unhealthy");
  return {};
}

HttpResponse App::info(const HttpRequest& request) {
  const ModelPointer model = models_.find(model_in_query(request.query, models_));
  return json_response(model_info(*model, models_.all(), options_.limits, options_.batcher));
}

HttpResponse App::metrics(const HttpRequest&) {
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_text(metrics_, batcher_, arrivals_);
  return response;
}

HttpResponse App::openapi(const HttpRequest&) { return json_response(openapi_); }

HttpResponse App::openai_models(const HttpRequest&) {
  JsonText json;
  json.begin_object().key("object").text("list").key("data").begin_array();
  for (const ModelPointer& model : models_.all()) {
    json.begin_object().key("id").text(model->name()).key("object").text("model");
    json.key("created").number(model->identity().changed_ns / 1'000'000'000);
    json.key("owned_by").text("bit.cpp").end_object();
  }
  return json_response(json.end_array().end_object().take());
}

HttpResponse App::v2_server(const HttpRequest&) {
  JsonText json;
  json.begin_object().key("name").text("bit.cpp").key("version").text(BITCPP_VERSION);
  json.key("extensions").begin_array().end_array().end_object();
  return json_response(json.take());
}

HttpResponse App::v2_live(const HttpRequest&) { return json_response("{\"live\":true}"); }

HttpResponse App::v2_ready(const HttpRequest&) {
  if (draining_) throw ApiError(ApiErrorType::kUnhealthy, "the server is being stopped");
  return json_response("{\"ready\":true}");
}

}  // namespace bitcpp
