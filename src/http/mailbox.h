// Answers on their way from the threads that made them to the event loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "http/response.h"
#include "http/socket.h"

namespace bitcpp {

/// An answer and whom it is for: a connection, and which of its requests.
struct Letter {
  std::uint64_t connection = 0, request = 0;
  HttpResponse response;
};

class Mailbox {
 public:
  /// Throws Error when the system has no file descriptor left.
  Mailbox();

  /// From any thread.
  void post(Letter letter);
  /// All letters since the last call; from the loop's thread.
  std::vector<Letter> take();
  /// Readable while there are letters.
  int fd() const { return event_.get(); }

 private:
  FileDescriptor event_;
  std::mutex mutex_;  // of what follows
  std::vector<Letter> letters_;
  bool announced_ = false;
};

/// The way back to one request's client. Goes to whoever answers, on any thread.
class Reply {
 public:
  Reply(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection, std::uint64_t request,
        std::shared_ptr<const std::atomic<bool>> gone)
      : mailbox_(std::move(mailbox)),
        connection_(connection),
        request_(request),
        gone_(std::move(gone)) {}

  /// Once.
  void send(HttpResponse response) const {
    mailbox_->post({connection_, request_, std::move(response)});
  }
  /// Whether the client has left, so that nobody would read an answer.
  bool unwanted() const { return gone_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  std::uint64_t connection_, request_;
  std::shared_ptr<const std::atomic<bool>> gone_;
};

}  // namespace bitcpp
