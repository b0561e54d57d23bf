#include "model/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace bitcpp {
namespace {

TEST(ThreadPoolTest, EveryPieceOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (std::size_t pieces : {0u, 1u, 2u, 7u, 300u}) {
      std::vector<int> count(pieces);
      pool.run(pieces, [&](std::size_t piece, int thread) {
        EXPECT_TRUE(thread >= 0 && thread < threads);
        ++count[piece];
      });
      EXPECT_EQ(count, std::vector<int>(pieces, 1));
    }
  }
}

TEST(ThreadPoolTest, TheLowestExceptionIsThrown) {
  ThreadPool pool(3);
  for (int again = 0; again < 20; ++again) {
    std::vector<int> done(40);
    try {
      pool.run(40, [&](std::size_t piece, int) {
        done[piece] = 1;
        if (piece % 10 == 7) throw std::runtime_error(std::to_string(piece));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
    EXPECT_EQ(std::accumulate(done.begin(), done.end(), 0), 40) << "the others ran all the same";
  }
}

// Each member writes what its neighbour reads after the meeting: a missing barrier shows in the
// sums, and to the thread sanitizer.
TEST(ThreadPoolTest, MembersMeet) {
  for (int members : {1, 2, 4}) {
    ThreadPool pool(4);
    std::vector<long> cells(static_cast<std::size_t>(members), 1);
    for (int call = 0; call < 3; ++call) {
      pool.together(members, [&](int thread) {
        const auto self = static_cast<std::size_t>(thread);
        const std::size_t next = (self + 1) % static_cast<std::size_t>(members);
        for (int step = 0; step < 40; ++step) {
          pool.meet();
          const long read = cells[next];
          pool.meet();
          cells[self] = read + step;
        }
      });
    }
    // All cells begin equal and go the same way.
    EXPECT_EQ(cells, std::vector<long>(static_cast<std::size_t>(members), cells[0]));
    EXPECT_EQ(cells[0], 1 + 3 * (39 * 40 / 2));
  }
}

TEST(ThreadPoolTest, AFailureReleasesThoseWhoWait) {
  ThreadPool pool(3);
  for (int failing = 0; failing < 3; ++failing) {
    for (int meetings : {0, 1, 5}) {
      EXPECT_THROW(pool.together(3,
                                 [&](int thread) {
                                   for (int i = 0; i < meetings; ++i) pool.meet();
                                   if (thread == failing) throw std::runtime_error("failed");
                                   pool.meet();
                                   ADD_FAILURE() << "met without the failed one";
                                 }),
                   std::runtime_error);
    }
  }
  int sum = 0;
  pool.together(1, [&](int) { sum = 1; });
  EXPECT_EQ(sum, 1) << "usable after an error";
}

TEST(ThreadPoolTest, WakesSleepers) {
  ThreadPool pool(2);
  std::atomic<int> sum = 0;
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    pool.together(2, [&](int thread) {
      if (thread == i % 2) std::this_thread::sleep_for(std::chrono::milliseconds(3));
      pool.meet();
      sum += thread + 1;
    });
  }
  EXPECT_EQ(sum, 15);
}

}  // namespace
}  // namespace bitcpp
