// `bit serve`: models behind HTTP.
#include "serve/serve.h"

#include <map>
#include <memory>
#include <thread>

#include "cli/commands.h"

namespace bitcpp {
namespace {

using Milliseconds = std::chrono::milliseconds;

/// Numbers of options that the server keeps in other units.
struct Numbers {
  double max_wait_ms = 1, request_timeout = 30, idle_timeout = 75, drain_timeout = 30;
};

void run_serve(ServeOptions options, const Numbers& numbers) {
  const auto ms = [](double seconds) { return Milliseconds(static_cast<long>(seconds * 1000)); };
  BatcherOptions& batcher = options.app.batcher;
  ConnectionOptions& connection = options.server.connection;
  batcher.max_wait = std::chrono::microseconds(static_cast<long>(numbers.max_wait_ms * 1000));
  connection.request_timeout = ms(numbers.request_timeout);
  connection.idle_timeout = ms(numbers.idle_timeout);
  options.server.drain_timeout = ms(numbers.drain_timeout);
  serve(options);
}

void add_batching_options(CLI::App* command, ServeOptions& options, Numbers& numbers) {
  BatcherOptions& batcher = options.app.batcher;
  batcher.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  command->add_option("--threads", batcher.threads, "Threads that compute")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--batch-tokens", batcher.batch_tokens, "Most tokens of a batch")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command
      ->add_option("--max-wait", numbers.max_wait_ms,
                   "Milliseconds that a batch waits at most for requests that are arriving")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  command
      ->add_option("--max-requests", batcher.max_tasks,
                   "Requests under way at once; beyond these, clients get 429")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--max-texts", options.app.limits.texts, "Most texts of a request")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  command
      ->add_option("--max-length", options.model.max_length,
                   "Tokens a text may have, special ones included (default: the model's own)")
      ->check(CLI::Range(3, 1 << 20));
  const std::map<std::string, Pooling> poolings = {{"mean", Pooling::kMean},
                                                   {"cls", Pooling::kFirst}};
  command
      ->add_option("--pooling", options.model.pooling,
                   "What an embedding is of the tokens' hidden states: their mean, or cls, the "
                   "first one's (default: mean)")
      ->transform(CLI::CheckedTransformer(poolings).description(""))
      ->option_text("POOLING");
}

void add_connection_options(CLI::App* command, ServeOptions& options, Numbers& numbers) {
  command
      ->add_option("--max-body", options.server.connection.limits.body_bytes,
                   "Bytes of a request's body")
      ->check(CLI::Range(1024, 16 << 20))
      ->capture_default_str();
  command->add_option("--max-connections", options.server.connections, "Connections at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command
      ->add_option("--request-timeout", numbers.request_timeout,
                   "Seconds that a request may take to arrive")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--idle-timeout", numbers.idle_timeout,
                   "Seconds after which a connection without a request is closed")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--drain-timeout", numbers.drain_timeout,
                   "Seconds to answer what has come once the server is told to stop")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
}

}  // namespace

CLI::App* add_serve_command(CLI::App& app, int&) {
  CLI::App* command =
      app.add_subcommand("serve", "Serve models over HTTP, with a page to try them");
  const auto options = std::make_shared<ServeOptions>();
  const auto numbers = std::make_shared<Numbers>();
  command
      ->add_option("model", options->models,
                   "Packed models, as PATH (its name is the file's, without the ending) or "
                   "NAME=PATH; the first one answers where a request names none")
      ->required();
  command
      ->add_option("--host", options->server.host,
                   "Address to listen on; 0.0.0.0 or :: for other machines")
      ->capture_default_str();
  command->add_option("--port", options->server.port, "Port; 0: any free one")
      ->capture_default_str();
  command
      ->add_option("--api-key", options->app.api_key,
                   "Refuse requests without Authorization: Bearer KEY; better in the environment, "
                   "where other users cannot see it")
      ->envname("BITCPP_API_KEY");
  add_batching_options(command, *options, *numbers);
  add_connection_options(command, *options, *numbers);
  command->footer(
      "SIGTERM and SIGINT stop the server once what has come is answered, SIGHUP reloads models "
      "whose\nfiles have changed. Endpoints: docs/serving.md, or GET /openapi.json.\n\n"
      "Examples:\n"
      "  bit serve models/snips-minilm-w1a1.safetensors\n"
      "  bit serve intents=models/snips-minilm-w1a1.safetensors "
      "models/sst2-minilm-w1a2.safetensors --port 9000\n"
      "  curl localhost:8080/predict -H 'Content-Type: application/json' -d "
      "'{\"inputs\":\"play some jazz\"}'");
  command->callback([options, numbers] { run_serve(*options, *numbers); });
  return command;
}

}  // namespace bitcpp
