// One client's connection: requests in, answers out in the same order.
//
//     bytes ─► RequestReader ─► slots, one a request, in order ─► bytes
//                                  ▲ answers, whenever they are ready
//
// No more is read from a client than it gets answers for: with `pipelined` requests unanswered, or
// answers piling up because it does not read them, its socket is left alone until that changes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "http/socket.h"

namespace bitcpp {

using Clock = std::chrono::steady_clock;

struct ConnectionOptions {
  HttpLimits limits;
  std::size_t pipelined = 64;            // requests of a client that may be under way at once
  std::size_t unread_answers = 1 << 20;  // bytes of answers a client may leave unread
  // From a request's first byte to its last; without a request; without reading any of an answer.
  std::chrono::milliseconds request_timeout{30'000}, idle_timeout{75'000}, write_timeout{30'000};
  // What a client gets to read the last answer before its connection is reset. A close with bytes
  // unread would take the answer away from it (RFC 9112, 9.6).
  std::chrono::milliseconds linger{2'000};
};

class Connection {
 public:
  /// Called with a request and its number, from within the functions below.
  using Sink = std::function<void(HttpRequest request, std::uint64_t number)>;

  Connection(FileDescriptor socket, const ConnectionOptions& options);
  ~Connection() { gone_->store(true, std::memory_order_relaxed); }

  void set_sink(Sink sink) { sink_ = std::move(sink); }

  /// The socket has bytes, or the client has closed its side.
  void readable();
  void writable();
  /// The answer to a request by its number.
  void answer(std::uint64_t number, HttpResponse response);
  /// Enforces the time limits.
  void check_time(Clock::time_point now);
  /// No request is accepted from now on but one that is there already.
  void drain(Clock::time_point now);
  /// Every request is answered 503 with this instead of being passed on, and ends the connection.
  void refuse(HttpResponse response) { refusal_ = std::move(response); }

  int fd() const { return socket_.get(); }
  /// EPOLLIN, EPOLLOUT: what to wait for.
  std::uint32_t wanted_events() const;
  /// Nothing is left to do: to be destroyed.
  bool finished() const { return finished_; }
  void finish() { finished_ = true; }
  /// Part of a request is here.
  bool receiving() const { return !closing_ && reader_.started(); }
  /// True once the connection is.
  std::shared_ptr<const std::atomic<bool>> gone() const { return gone_; }

 private:
  struct Slot {
    bool head_only = false, close = false;
    std::optional<HttpResponse> response;
  };

  bool accepting() const;
  void consume(std::string_view bytes);
  void take_request();
  void refuse_bytes(int status, const std::string& message);
  void resume();
  void send();
  void discard();
  void end_if_done();

  FileDescriptor socket_;
  const ConnectionOptions& options_;
  Sink sink_;
  RequestReader reader_;
  std::optional<HttpResponse> refusal_;
  std::deque<Slot> slots_;
  std::uint64_t first_ = 0;  // number of the first slot
  std::string rest_;         // read, but for requests that are not accepted yet
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  bool at_end_ = false;   // the client sends no more
  bool closing_ = false;  // no further request is accepted
  bool lingering_ = false, finished_ = false, consuming_ = false, draining_ = false;
  std::uint64_t discarded_ = 0;
  Clock::time_point idle_since_, request_since_, write_since_, linger_until_;
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace bitcpp
