// A few threads that share out numbered pieces of work, or compute one thing together.
//
// Waiting threads spin for some microseconds, so that work which follows at once costs no call of
// the system, and then sleep. No call allocates memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace bitcpp {

class ThreadPool {
 public:
  /// The thread that calls works too, as thread 0, so `threads` - 1 are started; none where the
  /// platform has no threads.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  int threads() const { return workers_count_ + 1; }

  /// Calls work(piece, thread) for every piece in [0, pieces), each on some thread in [0,
  /// threads()), and waits for all. When pieces threw, the exception of the lowest one is thrown
  /// here. Not to be called by two threads at once, nor `together`.
  template <class Work>
  void run(std::size_t pieces, const Work& work) {
    std::atomic<std::size_t> next = 0;
    const auto members = static_cast<int>(std::min(pieces, static_cast<std::size_t>(threads())));
    const auto take_pieces = [&](int thread) {
      for (std::size_t piece; (piece = next.fetch_add(1, std::memory_order_relaxed)) < pieces;) {
        guard(piece, [&] { work(piece, thread); });
      }
    };
    dispatch(members, &take_pieces, call<decltype(take_pieces)>);
  }

  /// Calls work(thread) on each thread in [0, members), members at most threads(), and waits for
  /// all. When some threw, the exception of the lowest one is thrown here.
  template <class Work>
  void together(int members, const Work& work) {
    const auto guarded = [&](int thread) {
      guard(static_cast<std::size_t>(thread), [&] { work(thread); });
    };
    dispatch(members, &guarded, call<decltype(guarded)>);
  }

  /// Within `together`: waits until every member has come here as often. Leaves by an exception
  /// when another member has left by one.
  void meet();

 private:
  struct Worker;
  struct Abandoned {};
  using Call = void (*)(const void* work, int thread);

  template <class Work>
  static void call(const void* work, int thread) {
    (*static_cast<const Work*>(work))(thread);
  }
  template <class Work>
  void guard(std::size_t place, const Work& work) {
    try {
      work();
    } catch (const Abandoned&) {
    } catch (...) {
      fail(place);
    }
  }
  void dispatch(int members, const void* work, Call call);
  void serve(Worker& worker, int thread);
  void fail(std::size_t place);

  int workers_count_;
  std::unique_ptr<Worker[]> workers_;
  // Of the call in progress.
  const void* work_ = nullptr;
  Call call_ = nullptr;
  int members_ = 1;
  std::atomic<int> busy_ = 0;  // workers that have not finished
  std::atomic<int> arrived_ = 0, meetings_ = 0;
  std::atomic<bool> failed_ = false, stopping_ = false;
  std::mutex mutex_;  // of the two below
  std::exception_ptr error_;
  std::size_t error_place_ = 0;
};

}  // namespace bitcpp
