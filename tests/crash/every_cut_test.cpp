#include <algorithm>
#include <gtest/gtest.h>

#include "tests/crash/trial.hpp"

// V-C3: one history of 200 turns, and the power goes before every single write, flush, truncation
// and deletion of it, with several patterns of damage for each; and then again while what is left
// is being recovered.
//
//   AVOW_TEST_DAMAGES=64 ctest -R crash/every_cut    (8 by default)

namespace avow::test {
namespace {

class EveryCut : public testing::Test {
 protected:
  EveryCut()
      : random_(test_seed()),
        damages_(std::max<std::uint64_t>(1, count_from_environment("AVOW_TEST_DAMAGES", 8))) {}

  // What a power cut here would leave, recovered on the other disk.
  void cut_here() {
    if (HasFailure()) return;
    ++cuts_;
    for (std::uint64_t i = 0; i < damages_; ++i) {
      static const std::vector<std::size_t> chances = {0, 10, 50, 90, 100};
      other_.repair();
      other_.image = disk_.image.copy();
      other_.image.lose_power(random_, random_.pick(chances));
      if (i == 0) cut_recovery();
      Promise promise = script_.promise;
      const Recovered recovered = recover(small_journal(other_));
      if (recovered.error) {
        FAIL() << "cut " << cuts_ << ": " << recovered.error->detail;
      }
      ASSERT_EQ(promise.settle(recovered.start, recovered.state), "") << "cut " << cuts_;
    }
  }
  void cut_recovery() {
    other_.plan(Fault::power_cut, 1 + random_.below(24));
    static_cast<void>(recover(small_journal(other_)));
    other_.repair();
    other_.image.lose_power(random_, 50);
  }

  Random random_;
  Disk disk_;
  Disk other_;
  const std::uint64_t damages_;
  Script script_{200};
  std::uint64_t cuts_ = 0;
};

TEST_F(EveryCut, OfOneHistoryLeavesWhatWasAcknowledged) {
  disk_.before_change = [this] { cut_here(); };

  const auto failed = script_.run(small_journal(disk_));

  disk_.before_change = {};
  ASSERT_FALSE(failed) << failed->detail;

  std::printf("%llu cuts, %llu patterns of damage each\n", static_cast<unsigned long long>(cuts_),
              static_cast<unsigned long long>(damages_));
  EXPECT_GT(cuts_, 1'000u);
}

}  // namespace
}  // namespace avow::test
