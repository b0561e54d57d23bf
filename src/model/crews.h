// Threads with their scratch memory, lent to one call at a time, so that a model can be const.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "model/thread_pool.h"
#include "model/workspace.h"

namespace bitcpp {

/// What one call works with.
struct Crew {
  explicit Crew(int threads)
      : pool(threads), workspaces(static_cast<std::size_t>(pool.threads())) {}

  ThreadPool pool;
  std::vector<Workspace> workspaces;  // one a thread
};

/// As many crews as there have been calls at the same time. Thread-safe.
class Crews {
 public:
  /// One crew of `threads` threads is there from the start.
  explicit Crews(int threads) : threads_(threads) { idle_.push_back(make()); }

  /// Calls work(crew) with a crew that nobody else has meanwhile, and returns its result.
  template <class Work>
  decltype(auto) lend(const Work& work) {
    const Loan loan(*this);
    return work(*loan.crew);
  }

 private:
  struct Loan {
    explicit Loan(Crews& crews) : from(crews), crew(crews.take()) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { from.give_back(std::move(crew)); }

    Crews& from;
    std::unique_ptr<Crew> crew;
  };

  std::unique_ptr<Crew> make() const { return std::make_unique<Crew>(threads_); }

  /// The one last used, whose memory is warm, or a new one.
  std::unique_ptr<Crew> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Crew> crew = std::move(idle_.back());
        idle_.pop_back();
        return crew;
      }
      ++made_;
      idle_.reserve(made_);  // so that giving back never allocates
    }
    return make();
  }

  void give_back(std::unique_ptr<Crew> crew) noexcept {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(crew));
  }

  int threads_;
  std::mutex mutex_;  // of the two below
  std::size_t made_ = 1;
  std::vector<std::unique_ptr<Crew>> idle_;
};

}  // namespace bitcpp
