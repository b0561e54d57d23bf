#include "model/thread_pool.h"

#include <utility>

namespace bitcpp {

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::size_t pieces, const std::function<void(std::size_t, int)>& work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    pieces_ = pieces;
    next_ = 0;
    error_ = nullptr;
    busy_ = static_cast<int>(workers_.size());
    ++round_;
  }
  start_.notify_all();
  take_pieces(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
  if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::serve(int thread) {
  std::size_t seen = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stopping_ || round_ != seen; });
      if (stopping_) return;
      seen = round_;
    }
    take_pieces(thread);
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) done_.notify_one();
  }
}

void ThreadPool::take_pieces(int thread) {
  while (true) {
    std::size_t piece = 0;
    {
      const std::lock_guard lock(mutex_);
      if (next_ >= pieces_) return;
      piece = next_++;
    }
    try {
      (*work_)(piece, thread);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (error_ == nullptr || piece < failed_) {
        error_ = std::current_exception();
        failed_ = piece;
      }
    }
  }
}

}  // namespace bitcpp
