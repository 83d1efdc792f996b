#include "server/store/journal_queue.hpp"

#include <gtest/gtest.h>

#include "tests/support/store/stored_state.hpp"

namespace avow::server {
namespace {

using test::put_fact;

constexpr std::chrono::steady_clock::time_point now{};

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

}  // namespace
}  // namespace avow::server
