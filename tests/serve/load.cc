// Load on a server, and what its clients see of it: one thread, any number of connections.
//
//   serve_load PORT TEXTS [--path /predict] [--clients 16] [--seconds 5] [--requests N] [--rate R]
//              [--pipeline 1] [--idle N]
//
// TEXTS has a text a line; each request asks for one of them, in turn. Without --rate every client
// asks again as soon as it has its answer (a closed loop). With --rate requests come at random
// times, R a second on average, whatever the server does, and their time counts from when they
// were due (an open loop). --idle keeps further connections open that have asked once and say
// nothing more. Prints one JSON object; p99_of_seconds_ms is the median of the 99th percentiles of
// each second's requests, which one stall of the machine among many seconds does not change.
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "http/http_test_client.h"

namespace bitcpp {
namespace {

using Clock = std::chrono::steady_clock;

struct LoadOptions {
  std::uint16_t port = 0;
  std::string texts, path = "/predict";
  std::size_t clients = 16, requests = 0, pipeline = 1, idle = 0;
  double seconds = 5, rate = 0;
};

LoadOptions parse(int argc, char** argv) {
  if (argc < 3) throw std::runtime_error("usage: serve_load PORT TEXTS [--OPTION VALUE]...");
  LoadOptions options;
  options.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
  options.texts = argv[2];
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--path")
      options.path = value;
    else if (name == "--clients")
      options.clients = std::stoul(value);
    else if (name == "--requests")
      options.requests = std::stoul(value);
    else if (name == "--pipeline")
      options.pipeline = std::stoul(value);
    else if (name == "--idle")
      options.idle = std::stoul(value);
    else if (name == "--seconds")
      options.seconds = std::stod(value);
    else if (name == "--rate")
      options.rate = std::stod(value);
    else
      throw std::runtime_error("unknown option " + name);
  }
  return options;
}

std::vector<std::string> read_requests(const LoadOptions& options) {
  std::ifstream file(options.texts);
  std::vector<std::string> requests;
  for (std::string line; std::getline(file, line);) {
    requests.push_back(
        TestClient::post_text(options.path, nlohmann::json{{"inputs", line}}.dump()));
  }
  if (requests.empty()) throw std::runtime_error(options.texts + ": no texts");
  return requests;
}

float quantile(std::vector<float> values, double share) {
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

class Load {
 public:
  explicit Load(const LoadOptions& options)
      : options_(options), texts_(read_requests(options)), epoll_(epoll_create1(0)) {
    for (std::size_t i = 0; i < options.idle; ++i) idle_.push_back(connect());
    for (std::size_t i = 0; i < options.clients; ++i) {
      clients_.push_back({connect(), {}, {}});
      epoll_event event = {EPOLLIN, {.u64 = i}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_.back().client.fd(), &event);
      free_.push_back(i);
    }
  }

  nlohmann::json run() {
    begin_ = next_due_ = Clock::now();
    end_ = begin_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(options_.seconds));
    while (!done()) {
      send_due();
      std::array<epoll_event, 256> events;
      const timespec patience = until_due();
      const int count = epoll_pwait2(epoll_.get(), events.data(), 256, &patience, nullptr);
      for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
    }
    return report();
  }

 private:
  struct Busy {
    TestClient client;
    std::deque<Clock::time_point> asked;
    std::string unread;
  };

  /// A connection that has been accepted: it has asked once.
  TestClient connect() const {
    TestClient client(options_.port);
    if (client.get("/health").status != 200) throw std::runtime_error("no health");
    return client;
  }

  bool more() const {
    return options_.requests > 0 ? sent_ < options_.requests : Clock::now() < end_;
  }
  bool done() const { return !more() && under_way_ == 0 && (options_.rate == 0 || due_.empty()); }

  /// Not a busy wait: that would take a core from the server.
  timespec until_due() const {
    if (options_.rate == 0) return {0, 100'000'000};
    const auto wait = std::max(next_due_ - Clock::now(), Clock::duration(0));
    return {0, std::min<long>(std::chrono::nanoseconds(wait).count(), 100'000'000)};
  }

  void ask(std::size_t i, Clock::time_point due) {
    if (!clients_[i].client.send(texts_[sent_++ % texts_.size()]))
      throw std::runtime_error("a connection was closed");
    clients_[i].asked.push_back(due);
    ++under_way_;
  }

  void send_due() {
    if (options_.rate == 0) {
      for (std::size_t i = 0; i < clients_.size(); ++i) {
        while (more() && clients_[i].asked.size() < options_.pipeline) ask(i, Clock::now());
      }
      return;
    }
    std::exponential_distribution<double> gap(options_.rate);
    for (const Clock::time_point now = Clock::now(); next_due_ <= now && more();) {
      due_.push_back(next_due_);
      next_due_ +=
          std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap(random_)));
    }
    for (; !due_.empty() && !free_.empty(); due_.pop_front(), free_.pop_back())
      ask(free_.back(), due_.front());
  }

  void receive(std::size_t i) {
    Busy& busy = clients_[i];
    do {
      const TestResponse response = busy.client.receive();
      const Clock::time_point now = Clock::now();
      ++statuses_[std::to_string(response.status)];
      if (response.status == 0) throw std::runtime_error("a connection was closed");
      times_.push_back(std::chrono::duration<float, std::milli>(now - busy.asked.front()).count());
      second_of_.push_back(std::chrono::floor<std::chrono::seconds>(busy.asked.front() - begin_));
      busy.asked.pop_front();
      --under_way_;
      if (options_.rate > 0) free_.push_back(i);
    } while (!busy.asked.empty() && busy.client.has_response());
  }

  /// The median of each second's 99th percentile.
  float p99_of_seconds() const {
    std::map<std::chrono::seconds, std::vector<float>> seconds;
    for (std::size_t i = 0; i < times_.size(); ++i) seconds[second_of_[i]].push_back(times_[i]);
    std::vector<float> p99;
    for (const auto& second : seconds) p99.push_back(quantile(second.second, 0.99));
    return quantile(p99, 0.5);
  }

  nlohmann::json report() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    const auto at = [this](double share) { return quantile(times_, share); };
    return {{"seconds", seconds},
            {"requests", times_.size()},
            {"per_second", static_cast<double>(times_.size()) / seconds},
            {"p50_ms", at(0.5)},
            {"p90_ms", at(0.9)},
            {"p99_ms", at(0.99)},
            {"p99_of_seconds_ms", p99_of_seconds()},
            {"max_ms", at(1)},
            {"statuses", statuses_}};
  }

  LoadOptions options_;
  std::vector<std::string> texts_;
  FileDescriptor epoll_;
  std::vector<TestClient> idle_;
  std::vector<Busy> clients_;
  std::vector<std::size_t> free_;
  std::deque<Clock::time_point> due_;
  Clock::time_point begin_, end_, next_due_;
  std::mt19937_64 random_{1};
  std::size_t sent_ = 0, under_way_ = 0;
  std::vector<float> times_;
  std::vector<std::chrono::seconds> second_of_;  // for each of times_, when it was asked
  std::map<std::string, std::size_t> statuses_;
};

}  // namespace
}  // namespace bitcpp

int main(int argc, char** argv) {
  try {
    bitcpp::raise_file_limit();
    std::cout << bitcpp::Load(bitcpp::parse(argc, argv)).run().dump() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "serve_load: " << error.what() << "\n";
    return 2;
  }
}
