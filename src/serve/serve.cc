#include "serve/serve.h"

#include <csignal>
#include <iostream>

#include "base/error.h"

namespace bitcpp {
namespace {

/// One write a line, so that lines of several threads do not mix.
void say(const std::string& line) { std::cerr << "bit serve: " + line + "\n"; }

/// Reloads models on a thread of its own: opening one takes longer than clients should wait.
class Reloader {
 public:
  explicit Reloader(Models& models) : models_(models), thread_([this] { work(); }) {}
  ~Reloader() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void ask() {
    {
      const std::lock_guard lock(mutex_);
      asked_ = true;
    }
    changed_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return asked_ || stopping_; });
      if (stopping_) return;
      asked_ = false;
      lock.unlock();
      models_.reload(say);
      lock.lock();
    }
  }

  Models& models_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false, stopping_ = false;
  std::thread thread_;
};

std::string address_of(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace

void serve(const ServeOptions& options) {
  block_signals({SIGTERM, SIGINT, SIGHUP});
  Models models(model_sources(options.models), options.model);
  App* handler = nullptr;
  HttpServer server(options.server, [&handler](HttpRequest request, Reply reply) {
    handler->handle(std::move(request), std::move(reply));
  });
  Batcher batcher(options.app.batcher, server.arrivals());
  App app(models, batcher, server.arrivals(), options.app);
  handler = &app;
  Reloader reloader(models);
  server.on_signal(SIGHUP, [&] { reloader.ask(); });
  for (const int signal : {SIGTERM, SIGINT}) {
    server.on_signal(signal, [&] {
      if (!server.draining()) say("stopping: answering what has come");
      app.start_draining();
      server.drain();
    });
  }
  std::string names;
  for (const ModelPointer& model : models.all())
    names += (names.empty() ? "" : ", ") + model->name() + " (" + model->config().task + ")";
  say(names + " on " + address_of(options.server.host, server.port()));
  say(server.run() ? "stopped" : "stopped, with connections cut off");
}

}  // namespace bitcpp
