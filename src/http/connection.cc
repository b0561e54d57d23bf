#include "http/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace bitcpp {
namespace {

/// Room that an idle connection keeps for its next answer.
constexpr std::size_t kKeptRoom = 32 * 1024;
/// What a client may still send while its connection ends.
constexpr std::uint64_t kMostDiscarded = 16 << 20;
/// For the first request of a connection that was accepted just before the end.
constexpr std::chrono::milliseconds kDrainGrace{300};

}  // namespace

Connection::Connection(FileDescriptor socket, const ConnectionOptions& options)
    : socket_(std::move(socket)),
      options_(options),
      reader_(options.limits),
      idle_since_(Clock::now()) {}

bool Connection::accepting() const {
  return !closing_ && slots_.size() < options_.pipelined &&
         out_.size() - sent_ < options_.unread_answers;
}

std::uint32_t Connection::wanted_events() const {
  const bool in = lingering_ || (!at_end_ && rest_.empty() && accepting());
  return (in ? std::uint32_t{EPOLLIN} : 0u) | (sent_ < out_.size() ? std::uint32_t{EPOLLOUT} : 0u);
}

void Connection::readable() {
  if (lingering_) return discard();
  if (at_end_ || !rest_.empty() || !accepting()) return;
  static thread_local std::array<char, 64 * 1024> buffer;
  const ssize_t count = recv(fd(), buffer.data(), buffer.size(), 0);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) finished_ = true;
    return;
  }
  if (count == 0) {
    at_end_ = true;
    if (reader_.started()) refuse_bytes(400, "the request ended before it was complete");
    closing_ = true;
    if (!slots_.empty()) slots_.back().close = true;
    send();
    return;
  }
  consume({buffer.data(), static_cast<std::size_t>(count)});
  send();
}

void Connection::consume(std::string_view bytes) {
  consuming_ = true;
  while (!bytes.empty() && accepting()) {
    const bool fresh = !reader_.started();
    bytes.remove_prefix(reader_.read(bytes));
    if (fresh) request_since_ = Clock::now();
    if (reader_.state() == RequestReader::State::kComplete) {
      take_request();
    } else if (reader_.state() == RequestReader::State::kFailed) {
      const HttpError error = reader_.error();
      refuse_bytes(error.status, error.message);
    } else if (reader_.take_expectation() && slots_.empty()) {
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
  }
  consuming_ = false;
  rest_ = closing_ ? std::string() : std::string(bytes);
}

void Connection::take_request() {
  HttpRequest request = reader_.take();
  const bool close = !request.keep_alive || refusal_.has_value() || draining_;
  slots_.push_back({request.method == "HEAD", close, {}});
  closing_ = closing_ || close;
  const std::uint64_t number = first_ + slots_.size() - 1;
  if (refusal_) {
    answer(number, *refusal_);
  } else {
    sink_(std::move(request), number);
  }
}

/// Answers what is no request, behind the answers to those before it; then the connection ends.
void Connection::refuse_bytes(int status, const std::string& message) {
  HttpResponse response;
  response.status = status;
  // The message is ours and holds nothing that JSON would have to escape.
  response.body = "{\"error\":\"" + message + "\",\"error_type\":\"Validation\"}";
  closing_ = true;
  rest_.clear();
  slots_.push_back({false, true, {}});
  answer(first_ + slots_.size() - 1, std::move(response));
}

void Connection::answer(std::uint64_t number, HttpResponse response) {
  const std::uint64_t place = number - first_;
  if (number < first_ || place >= slots_.size()) return;
  slots_[place].response = std::move(response);
  while (!slots_.empty() && slots_.front().response) {
    Slot& slot = slots_.front();
    const bool last = slots_.size() == 1 && !reader_.started() && rest_.empty();
    slot.response->close = slot.response->close || slot.close || (draining_ && last);
    if (out_.empty()) write_since_ = Clock::now();
    if (slot.response->close) closing_ = true;
    write_response(*slot.response, slot.head_only, out_);
    slots_.pop_front();
    ++first_;
  }
  if (consuming_) return;  // whoever consumes sends what has piled up
  send();
  resume();
}

/// Goes on with bytes that had to wait.
void Connection::resume() {
  while (!finished_ && !rest_.empty() && accepting()) {
    const std::string bytes = std::move(rest_);
    rest_.clear();
    consume(bytes);
    send();
  }
}

void Connection::send() {
  if (finished_) return;
  while (sent_ < out_.size()) {
    const ssize_t count =
        ::send(fd(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) {
      finished_ = true;
      return;
    }
    sent_ += static_cast<std::size_t>(count);
    write_since_ = Clock::now();
  }
  out_.clear();
  sent_ = 0;
  if (out_.capacity() > kKeptRoom) out_.shrink_to_fit();
  idle_since_ = Clock::now();
  end_if_done();
}

void Connection::writable() {
  send();
  resume();
}

void Connection::end_if_done() {
  if (!closing_ || !slots_.empty() || !out_.empty() || lingering_) return;
  if (at_end_ || shutdown(fd(), SHUT_WR) != 0) {
    finished_ = true;
    return;
  }
  lingering_ = true;
  linger_until_ = Clock::now() + options_.linger;
}

void Connection::discard() {
  std::array<char, 16 * 1024> buffer;
  const ssize_t count = recv(fd(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0) discarded_ += static_cast<std::uint64_t>(count);
  finished_ = count <= 0 || discarded_ > kMostDiscarded;
}

void Connection::drain(Clock::time_point now) {
  readable();
  draining_ = true;
  const bool idle = slots_.empty() && out_.empty() && !reader_.started() && rest_.empty();
  if (!idle || closing_) return;
  const bool fresh = first_ == 0 && now - idle_since_ < kDrainGrace;
  if (!fresh) {
    closing_ = true;
    end_if_done();
  }
}

void Connection::check_time(Clock::time_point now) {
  if (lingering_) {
    finished_ = finished_ || now > linger_until_;
  } else if (!out_.empty()) {
    finished_ = finished_ || now - write_since_ > options_.write_timeout;
  } else if (receiving() && accepting()) {
    if (now - request_since_ > options_.request_timeout)
      refuse_bytes(408, "the request was not complete in time");
  } else if (slots_.empty() && now - idle_since_ > options_.idle_timeout) {
    finished_ = true;
  } else if (draining_) {
    drain(now);
  }
}

}  // namespace bitcpp
