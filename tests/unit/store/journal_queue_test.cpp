#include "server/store/journal_queue.hpp"

#include <gtest/gtest.h>
#include <thread>

#include "tests/support/store/stored_state.hpp"

namespace avow::server {
namespace {

using test::put_fact;

constexpr std::chrono::steady_clock::time_point now{};
constexpr CommitTime very_long{.all = std::chrono::hours(1), .flush = std::chrono::hours(1)};

TEST(JournalQueueTest, WhatWaitsIsCountedUntilItIsTaken) {
  JournalQueue queue(2, 1 << 20);
  EXPECT_EQ(queue.waiting_bytes(), 0u);
  queue.append(put_fact(1, std::string(1'000, 'a')));
  const std::size_t one = queue.waiting_bytes();
  EXPECT_GT(one, 1'000u);
  EXPECT_LT(one, 2'000u);
  queue.append(put_fact(2, std::string(1'000, 'a')));
  queue.append(put_fact(3, std::string(1'000, 'a')));
  EXPECT_EQ(queue.waiting_bytes(), 3 * one);

  EXPECT_EQ(queue.take(now, true).turns.size(), 2u);
  EXPECT_EQ(queue.waiting_bytes(), one);
  EXPECT_EQ(queue.take(now, true).turns.size(), 1u);
  EXPECT_EQ(queue.waiting_bytes(), 0u);
}

TEST(JournalQueueTest, WhatIsForgottenWaitsNoMore) {
  JournalQueue queue(2, 1 << 20);
  queue.append(put_fact(1, "a"));

  queue.abandon();

  EXPECT_EQ(queue.waiting_bytes(), 0u);
  EXPECT_TRUE(queue.take(now, true).is_end);
}

// A queue whose last commit had one turn, while another came that waits now. The next one may wait
// for very long: a step is as long as it can be.
class GatheringQueue : public testing::Test {
 protected:
  GatheringQueue() : queue(10, 1 << 20) {
    queue.append(put_fact(1, "a"));
    (void)queue.take(now, true);
    queue.append(put_fact(2, "a"));
    queue.committed(1, very_long);
  }

  JournalQueue queue;
};

TEST_F(GatheringQueue, WaitsForThoseWhoWereAnswered) {
  std::size_t taken = 0;
  // Two steps are 4 ms: whoever is not heard within them is not waited for. So this is tried again
  // until the other thread was quick enough.
  for (std::uint64_t seq = 3; taken != 2; seq += 2) {
    std::thread appends([&] { queue.append(put_fact(seq, "a")); });
    taken = queue.take(now, false).turns.size();
    appends.join();
    while (!queue.take(now, true).turns.empty()) {
    }
    queue.append(put_fact(seq + 1, "a"));
    queue.committed(1, very_long);
  }
  EXPECT_EQ(taken, 2u);
}

TEST_F(GatheringQueue, TakesWhatIsThereIfNobodyComes) {
  EXPECT_EQ(queue.take(now, false).turns.size(), 1u);
}

TEST_F(GatheringQueue, WaitsForNobodyIfAskedToTakeAtOnce) {
  EXPECT_EQ(queue.take(now, true).turns.size(), 1u);
}

TEST_F(GatheringQueue, WaitsForNobodyAtTheEnd) {
  queue.end();
  const JournalWork work = queue.take(now, false);
  EXPECT_EQ(work.turns.size(), 1u);
  EXPECT_TRUE(work.is_end);
}

TEST_F(GatheringQueue, WaitsForNoMoreThanACommitMayHave) {
  JournalQueue narrow(1, 1 << 20);
  narrow.append(put_fact(1, "a"));
  narrow.committed(5, very_long);
  EXPECT_EQ(narrow.take(now, false).turns.size(), 1u);
}

}  // namespace
}  // namespace avow::server
