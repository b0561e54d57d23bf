// An HTTP/1.1 server: one event loop (epoll) on the thread that calls `run`, whatever the number of
// connections. Requests go to a handler, which answers at once or later, from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/connection.h"
#include "http/mailbox.h"

namespace bitcpp {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any free one
  ConnectionOptions connection;
  /// Clients beyond these get 503 and are closed; as many as the process may have files, at most.
  std::size_t connections = 4096;
  std::chrono::milliseconds drain_timeout{30'000};
};

/// What is under way on the sockets; for who would rather wait a moment for company.
struct Arrivals {
  std::atomic<int> receiving = 0;            // connections in the middle of a request
  std::atomic<Clock::rep> last_bytes = 0;    // when the latest of their bytes came
  std::atomic<std::size_t> connections = 0;  // open
};

class HttpServer {
 public:
  /// Called on the loop's thread, which it must not hold up.
  using Handler = std::function<void(HttpRequest request, Reply reply)>;

  /// Listens from now on. Throws Error when it cannot.
  HttpServer(const ServerOptions& options, Handler handler);

  std::uint16_t port() const { return port_; }
  const Arrivals& arrivals() const { return arrivals_; }

  /// Calls `act` on the loop's thread when the process gets `signal`. Every thread has to have it
  /// blocked (`block_signals`).
  void on_signal(int signal, std::function<void()> act);
  /// Serves until `drain` was called and every request that had come is answered, or the time for
  /// that is up. Returns whether all were.
  bool run();
  /// Takes no further connection or request. A second call ends `run` at once. On the loop's
  /// thread only.
  void drain();
  bool draining() const { return draining_; }

 private:
  struct Client {
    Connection connection;
    std::uint32_t events = 0;  // epoll waits for these
    bool receiving = false;
    template <class... Arguments>
    explicit Client(Arguments&&... arguments) : connection(std::forward<Arguments>(arguments)...) {}
  };

  void watch(int fd, std::uint64_t id, std::uint32_t events, bool again = false);
  void accept_all();
  void accept_one(FileDescriptor socket);
  void handle_event(std::uint64_t id, std::uint32_t events);
  void deliver();
  void settle(std::uint64_t id, Client& client);
  void read_signals();
  void look_at_the_clock();

  ServerOptions options_;
  Handler handler_;
  FileDescriptor listener_, epoll_, signals_;
  std::uint16_t port_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::map<int, std::function<void()>> signal_acts_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Client>> clients_;
  std::uint64_t next_id_;
  Arrivals arrivals_;
  bool draining_ = false, stopping_ = false;
  Clock::time_point drain_until_, looked_ = Clock::now();
};

/// Blocks these signals in this thread and those it starts.
void block_signals(const std::vector<int>& signals);

}  // namespace bitcpp
