#include "server/store/adaptive_spin.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr auto not_at_all = AdaptiveSpin::Duration::zero();

AdaptiveSpin after(AdaptiveSpin::Duration wait, std::size_t turns, unsigned processors = 2) {
  AdaptiveSpin spin(processors);
  spin.waited(wait);
  spin.worked_for(turns);
  return spin;
}

TEST(AdaptiveSpinTest, TheFirstWaitIsAsleep) { EXPECT_EQ(AdaptiveSpin(2).duration(), not_at_all); }

TEST(AdaptiveSpinTest, WhoseWorkForOneCameSoonLooksForMore) {
  EXPECT_EQ(after(microseconds(150), 1).duration(), AdaptiveSpin::spin_max);
}

TEST(AdaptiveSpinTest, WhoWorkedForManySleeps) {
  EXPECT_EQ(after(microseconds(150), 2).duration(), not_at_all);
}

TEST(AdaptiveSpinTest, WhoLookedInVainSleepsUntilWorkComesSoonAgain) {
  AdaptiveSpin spin = after(microseconds(150), 1);
  spin.waited(seconds(1));
  EXPECT_EQ(spin.duration(), not_at_all);
  spin.waited(microseconds(150));
  EXPECT_EQ(spin.duration(), AdaptiveSpin::spin_max);
}

TEST(AdaptiveSpinTest, OnASingleProcessorNobodyLooks) {
  EXPECT_EQ(after(microseconds(1), 1, 1).duration(), not_at_all);
}

}  // namespace
}  // namespace avow::server
