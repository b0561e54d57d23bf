// A few threads that share out numbered pieces of work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bitcpp {

class ThreadPool {
 public:
  /// The thread that calls `run` works too, so `threads` - 1 are started.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls work(piece, thread) for every piece in [0, pieces), each on some thread in [0,
  /// threads()), and waits for all. When pieces threw, the exception of the lowest one is thrown
  /// here. Not to be called by two threads at once.
  void run(std::size_t pieces, const std::function<void(std::size_t, int)>& work);

 private:
  void serve(int thread);
  void take_pieces(int thread);

  std::mutex mutex_;
  std::condition_variable start_, done_;
  std::vector<std::thread> workers_;
  const std::function<void(std::size_t, int)>* work_ = nullptr;
  std::size_t pieces_ = 0, next_ = 0, failed_ = 0;
  std::exception_ptr error_;
  std::size_t round_ = 0;
  int busy_ = 0;
  bool stopping_ = false;
};

}  // namespace bitcpp
