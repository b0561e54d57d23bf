// Dynamic batching: requests of many clients become batches of sequences, run by a few threads.
//
//     tasks ─► prepare: read, tokenize ─► sequences, a queue for each model ─► a batch ─► finish
//              any free worker                                                any free worker
//
// A batch is what is there when a worker gets free, up to a budget of tokens, shared out among the
// workers that are free. While requests are still arriving on the sockets an incomplete batch
// waits for them, for `max_wait` at most; otherwise it starts at once, since a free worker that
// waits for company that may never come only adds to the time of those that are here.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/server.h"
#include "serve/histogram.h"
#include "serve/served_model.h"

namespace bitcpp {

/// A sequence to run and what comes out of it.
struct Sequence {
  Encoding encoding;
  bool embed = false;         // its hidden states, pooled, instead of logits
  std::vector<float> values;  // pooled (hidden_size), or logits: (outputs) or (tokens, outputs)
};

/// A request on its way through the batcher. All functions are called on workers, one at a time.
class Task {
 public:
  virtual ~Task() = default;

  /// Reads the request: sets `model` and `sequences`. What it throws goes to `fail`.
  virtual void prepare() = 0;
  /// All sequences have their values (at once where there are none).
  virtual void finish() = 0;
  virtual void fail(const std::exception& error) = 0;
  /// Nobody waits for the answer any more.
  virtual bool unwanted() const { return false; }
  /// What the task counts against the limit on waiting bytes.
  virtual std::size_t bytes() const = 0;

  ModelPointer model;
  std::vector<Sequence> sequences;
  Clock::time_point submitted = Clock::now(), preparing, prepared, started;

 private:
  friend class Batcher;
  std::atomic<std::size_t> remaining_ = 0;
  std::atomic<bool> failed_ = false;
};

struct BatcherOptions {
  int threads = 1;
  // 64 tokens together are as fast for each as 512; a batch of 512 keeps the first of them waiting
  // for 25 ms with MiniLM: the p99 at 70 % of the capacity was 11.1 ms, with 64 it was 7.3 ms.
  std::size_t batch_tokens = 64;
  std::chrono::microseconds max_wait{1000};
  // Tasks that may be under way, and the bytes of their requests.
  std::size_t max_tasks = 512, max_bytes = 16 << 20;
};

struct BatcherMetrics {
  Histogram request{1e-5}, tokenization{1e-5}, queue{1e-5}, inference{1e-5}, batch_size{1},
      batch_tokens{8}, input_length{4};
  MetricCounter sequences = 0, tokens = 0;
};

class Batcher {
 public:
  Batcher(const BatcherOptions& options, const Arrivals& arrivals);
  /// Ends the workers; tasks that wait are dropped.
  ~Batcher();

  /// False, and `task` is left as it is, when there is no room for it.
  bool submit(const std::shared_ptr<Task>& task);
  /// Seconds until there should be room again, at least 1.
  int retry_after() const;
  std::size_t waiting() const { return tasks_.load(std::memory_order_relaxed); }
  const BatcherMetrics& metrics() const { return metrics_; }

 private:
  /// A sequence of a task.
  struct Item {
    std::shared_ptr<Task> task;
    Sequence* sequence;
  };
  /// Items that can run together.
  struct Lane {
    ModelPointer model;
    bool embed = false;
    std::deque<Item> items;
    std::size_t tokens = 0;
  };
  using Lock = std::unique_lock<std::mutex>;

  void work();
  void prepare(Lock& lock);
  void queue(const std::shared_ptr<Task>& task);
  Lane& lane_for(const ModelPointer& model, bool embed);
  Clock::time_point due() const;
  std::vector<Item> take_batch();
  void run(const std::vector<Item>& batch, Workspace& workspace);
  void compute(const std::vector<Item>& batch, Workspace& workspace);
  void complete(Task& task);
  void leave(const Task& task);

  BatcherOptions options_;
  const Arrivals& arrivals_;
  BatcherMetrics metrics_;
  std::atomic<std::size_t> tasks_ = 0, bytes_ = 0;
  std::atomic<double> seconds_per_task_ = 0;  // a moving average

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Task>> raw_;
  std::list<Lane> lanes_;  // none is empty; the longest waiting first
  std::size_t ready_tokens_ = 0;
  int idle_ = 0, running_ = 0;  // workers that wait, workers that run a batch
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace bitcpp
