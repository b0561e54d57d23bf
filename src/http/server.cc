#include "http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/error.h"

namespace bitcpp {
namespace {

// Ids of what is no connection.
constexpr std::uint64_t kListener = 0, kMailbox = 1, kSignals = 2, kFirstClient = 3;

/// Descriptors that the process needs for anything else: models, standard streams.
constexpr std::size_t kOtherFiles = 64;
/// Connections beyond the limit that are at least told so.
constexpr std::size_t kRefused = 256;
constexpr std::chrono::milliseconds kTick{250};

HttpResponse too_many_connections() {
  HttpResponse response;
  response.status = 503;
  response.body = R"({"error":"Too many connections","error_type":"Overloaded"})";
  response.headers = {{"Retry-After", "1"}};
  return response;
}

}  // namespace

void block_signals(const std::vector<int>& signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

HttpServer::HttpServer(const ServerOptions& options, Handler handler)
    : options_(options),
      handler_(std::move(handler)),
      listener_(listen_on(options.host, options.port)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      port_(port_of(listener_)),
      next_id_(kFirstClient) {
  if (!epoll_.open()) throw Error("no file descriptor left for the server");
  const std::size_t files = raise_file_limit();
  const std::size_t spare = kOtherFiles + kRefused;
  options_.connections = std::min(options_.connections, files > 2 * spare ? files - spare : spare);
  watch(listener_.get(), kListener, EPOLLIN);
  watch(mailbox_->fd(), kMailbox, EPOLLIN);
}

void HttpServer::watch(int fd, std::uint64_t id, std::uint32_t events, bool again) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = id;
  if (epoll_ctl(epoll_.get(), again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0)
    throw Error("the system does not watch a file descriptor for the server");
}

void HttpServer::on_signal(int signal, std::function<void()> act) {
  signal_acts_[signal] = std::move(act);
  sigset_t set;
  sigemptyset(&set);
  for (const auto& entry : signal_acts_) sigaddset(&set, entry.first);
  const int fd = signalfd(signals_.get(), &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) throw Error("no file descriptor left for the server");
  if (fd == signals_.get()) return;
  signals_ = FileDescriptor(fd);
  watch(fd, kSignals, EPOLLIN);
}

void HttpServer::read_signals() {
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    const auto found = signal_acts_.find(static_cast<int>(info.ssi_signo));
    if (found != signal_acts_.end()) found->second();
  }
}

bool HttpServer::run() {
  std::array<epoll_event, 256> events;
  while (!stopping_ && !(draining_ && clients_.empty())) {
    const bool ticking = !clients_.empty() || draining_;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 ticking ? static_cast<int>(kTick.count()) : -1);
    for (int i = 0; i < count; ++i)
      handle_event(events[static_cast<std::size_t>(i)].data.u64,
                   events[static_cast<std::size_t>(i)].events);
    // Also what was answered within this very round.
    deliver();
    look_at_the_clock();
  }
  return clients_.empty();
}

void HttpServer::handle_event(std::uint64_t id, std::uint32_t events) {
  if (id == kListener) return accept_all();
  if (id == kMailbox) return deliver();
  if (id == kSignals) return read_signals();
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Connection& connection = found->second->connection;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) connection.finish();
  if ((events & EPOLLIN) != 0 && !connection.finished()) connection.readable();
  if ((events & EPOLLOUT) != 0 && !connection.finished()) connection.writable();
  settle(id, *found->second);
}

void HttpServer::accept_all() {
  while (listener_.open()) {
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    // Out of descriptors: the limit of connections keeps some free, so others have taken them.
    // The next round tries again.
    if (!socket.open()) return;
    if (clients_.size() < options_.connections + kRefused) accept_one(std::move(socket));
  }
}

void HttpServer::accept_one(FileDescriptor socket) {
  const int yes = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const std::uint64_t id = next_id_++;
  auto client = std::make_unique<Client>(std::move(socket), options_.connection);
  Connection& connection = client->connection;
  connection.set_sink(
      [this, id, gone = connection.gone()](HttpRequest request, std::uint64_t number) {
        handler_(std::move(request), Reply(mailbox_, id, number, gone));
      });
  if (clients_.size() >= options_.connections) connection.refuse(too_many_connections());
  client->events = EPOLLIN;
  watch(connection.fd(), id, EPOLLIN);
  clients_.emplace(id, std::move(client));
  arrivals_.connections = clients_.size();
}

void HttpServer::deliver() {
  for (Letter& letter : mailbox_->take()) {
    const auto found = clients_.find(letter.connection);
    if (found == clients_.end()) continue;
    found->second->connection.answer(letter.request, std::move(letter.response));
    settle(letter.connection, *found->second);
  }
}

/// After anything that happened to a connection: what epoll is to wait for, or its end.
void HttpServer::settle(std::uint64_t id, Client& client) {
  Connection& connection = client.connection;
  const bool receiving = !connection.finished() && connection.receiving();
  if (receiving != client.receiving) arrivals_.receiving += receiving ? 1 : -1;
  client.receiving = receiving;
  if (receiving) arrivals_.last_bytes = Clock::now().time_since_epoch().count();
  if (connection.finished()) {
    clients_.erase(id);
    arrivals_.connections = clients_.size();
    return;
  }
  const std::uint32_t wanted = connection.wanted_events();
  if (wanted != client.events) {
    client.events = wanted;
    watch(connection.fd(), id, wanted, true);
  }
}

void HttpServer::drain() {
  if (draining_) stopping_ = true;
  if (stopping_) return;
  accept_all();
  listener_.reset();
  draining_ = true;
  drain_until_ = Clock::now() + options_.drain_timeout;
  looked_ = {};
}

/// Now and then; every connection at most once a tick.
void HttpServer::look_at_the_clock() {
  const Clock::time_point now = Clock::now();
  if (now - looked_ < kTick) return;
  const bool first = looked_ == Clock::time_point();
  looked_ = now;
  if (draining_ && now > drain_until_) stopping_ = true;
  std::vector<std::uint64_t> ids;
  ids.reserve(clients_.size());
  for (const auto& client : clients_) ids.push_back(client.first);
  for (std::uint64_t id : ids) {
    Client& client = *clients_.at(id);
    draining_&& first ? client.connection.drain(now) : client.connection.check_time(now);
    settle(id, client);
  }
}

}  // namespace bitcpp
