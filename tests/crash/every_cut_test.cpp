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
      : random(test_seed()),
        damages(std::max<std::uint64_t>(1, count_from_environment("AVOW_TEST_DAMAGES", 8))) {}

  // What a power cut here would leave, recovered on the other disk.
  void cut_here() {
    if (HasFailure()) return;
    ++cuts;
    for (std::uint64_t i = 0; i < damages; ++i) {
      static const std::vector<std::size_t> chances = {0, 10, 50, 90, 100};
      other.repair();
      other.image = disk.image.copy();
      other.image.lose_power(random, random.pick(chances));
      if (i == 0) cut_recovery();
      Promise promise = script.promise;
      const Recovered recovered = recover(small_journal(other));
      if (recovered.error) {
        FAIL() << "cut " << cuts << ": " << recovered.error->detail;
      }
      ASSERT_EQ(promise.settle(recovered.start, recovered.state), "") << "cut " << cuts;
    }
  }
  void cut_recovery() {
    other.plan(Fault::power_cut, 1 + random.below(24));
    static_cast<void>(recover(small_journal(other)));
    other.repair();
    other.image.lose_power(random, 50);
  }

  Random random;
  Disk disk;
  Disk other;
  const std::uint64_t damages;
  Script script{200};
  std::uint64_t cuts = 0;
};

TEST_F(EveryCut, OfOneHistoryLeavesWhatWasAcknowledged) {
  disk.before_change = [this] { cut_here(); };

  const auto failed = script.run(small_journal(disk));

  disk.before_change = {};
  ASSERT_FALSE(failed) << failed->detail;

  std::printf("%llu cuts, %llu patterns of damage each\n", static_cast<unsigned long long>(cuts),
              static_cast<unsigned long long>(damages));
  EXPECT_GT(cuts, 1'000u);
}

}  // namespace
}  // namespace avow::test
