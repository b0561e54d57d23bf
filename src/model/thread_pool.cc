#include "model/thread_pool.h"

#include <utility>

namespace bitcpp {
namespace {

/// About 30 microseconds: longer than threads of one batch wait for each other, and than a caller
/// takes from one text to the next; much shorter than what others notice.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

/// How many threads a pool starts. WebAssembly has none unless it is built for them; the caller
/// then does all the work, which gives the same bits.
int started(int threads) {
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
  threads = 1;
#endif
  return threads - 1;
}

/// Returns once `value` is no longer `old`.
void wait_for_change(const std::atomic<int>& value, int old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
}

/// By an operation that is a full barrier: libstdc++ 12 wakes nobody when it sees no one waiting,
/// and a plain store could still be on its way when it looks.
void change(std::atomic<int>& value, int by) {
  value.fetch_add(by);
  value.notify_all();
}

}  // namespace

/// On a cache line of its own, since its thread looks at `calls` all the time.
struct alignas(64) ThreadPool::Worker {
  std::atomic<int> calls = 0;
  std::thread thread;
};

ThreadPool::ThreadPool(int threads)
    : workers_count_(started(threads)),
      workers_(std::make_unique<Worker[]>(static_cast<std::size_t>(workers_count_))) {
  for (int i = 0; i < workers_count_; ++i) {
    Worker& worker = workers_[static_cast<std::size_t>(i)];
    worker.thread = std::thread([this, &worker, i] { serve(worker, i + 1); });
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  for (int i = 0; i < workers_count_; ++i) {
    Worker& worker = workers_[static_cast<std::size_t>(i)];
    change(worker.calls, 1);
    worker.thread.join();
  }
}

void ThreadPool::dispatch(int members, const void* work, Call call) {
  work_ = work;
  call_ = call;
  members_ = members;
  failed_.store(false, std::memory_order_relaxed);
  arrived_.store(0, std::memory_order_relaxed);
  busy_.store(std::max(members - 1, 0), std::memory_order_relaxed);
  for (int i = 0; i < members - 1; ++i) change(workers_[static_cast<std::size_t>(i)].calls, 1);
  call(work, 0);
  for (int busy; (busy = busy_.load(std::memory_order_acquire)) > 0;) wait_for_change(busy_, busy);
  if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::serve(Worker& worker, int thread) {
  for (int seen = 0;; ++seen) {
    wait_for_change(worker.calls, seen);
    if (stopping_) return;
    call_(work_, thread);
    change(busy_, -1);
  }
}

void ThreadPool::meet() {
  const int meeting = meetings_.load(std::memory_order_acquire);
  // After the line above: who fails says so first and ends the meeting then.
  if (failed_.load(std::memory_order_acquire)) throw Abandoned();
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    arrived_.store(0, std::memory_order_relaxed);
    change(meetings_, 1);
  } else {
    wait_for_change(meetings_, meeting);
  }
  if (failed_.load(std::memory_order_acquire)) throw Abandoned();
}

void ThreadPool::fail(std::size_t place) {
  {
    const std::lock_guard lock(mutex_);
    if (error_ == nullptr || place < error_place_) {
      error_ = std::current_exception();
      error_place_ = place;
    }
  }
  failed_.store(true, std::memory_order_release);
  change(meetings_, 1);
}

}  // namespace bitcpp
