#include <gtest/gtest.h>

#include "tests/crash/trial.hpp"

// V-C2: the power goes at a random write or flush, again and again. Each sector that was not
// flushed is old, new, or torn. What was acknowledged must be there, and nothing that was not asked
// for.
//
//   AVOW_TEST_CUTS=1000000 ctest -R crash/power_cut    (20,000 by default)

namespace avow::test {
namespace {

struct Losses {
  std::uint64_t cuts = 0;
  std::uint64_t losses = 0;
  std::uint64_t acknowledged = 0;
  std::string first;
};

class Machine {
 public:
  Machine(std::uint64_t seed, server::Flush flush) : random_(seed), turns_(random_) {
    options_ = small_journal(disk_);
    options_.flush = flush;
  }

  Losses run(std::uint64_t cuts) {
    while (losses_.cuts < cuts) {
      // A young database as often as an old one.
      if (losses_.cuts % 64 == 0) begin_anew();
      live_until_cut();
      ++losses_.cuts;
      lose_power();
    }
    return losses_;
  }

 private:
  void begin_anew() {
    disk_.image = DiskImage();
    promise_ = Promise();
  }
  void lose_power() {
    static const std::vector<std::size_t> chances = {0, 10, 50, 90, 100};
    disk_.repair();
    disk_.image.lose_power(random_, random_.pick(chances));
  }
  void lost(const std::string& what) {
    ++losses_.losses;
    if (losses_.first.empty()) losses_.first = what;
    begin_anew();
  }

  void live_until_cut() {
    disk_.plan(Fault::power_cut, 1 + random_.below(random_.chance(1, 4) ? 16 : 100));
    while (!disk_.has_failed()) {
      Recovered recovered = recover(options_);
      if (disk_.has_failed()) return;
      if (recovered.error) return lost(recovered.error->code + ": " + recovered.error->detail);
      const std::string wrong = promise_.settle(recovered.start, recovered.state);
      if (!wrong.empty()) return lost(wrong);
      work(*recovered.journal, recovered.start.above);
    }
  }

  // Until the power goes, or a clean end.
  void work(server::JournalFile& journal, std::uint64_t seq) {
    for (std::size_t left = 4 + random_.below(12); left > 0; --left) {
      const auto batch = turns_.batch(seq + 1, 4);
      promise_.ask(batch);
      if (!journal.commit(batch)) return;
      promise_.acknowledge();
      losses_.acknowledged += batch.size();
      seq += batch.size();
      if (!journal.maintain()) return;
      if (random_.chance(1, 16) && !journal.reserve(seq + options_.numbers_step)) return;
    }
    promise_.handed_out = std::max(promise_.handed_out, seq);
    static_cast<void>(journal.close(seq));
  }

  Random random_;
  RandomTurns turns_;
  Disk disk_;
  server::JournalOptions options_;
  Promise promise_;
  Losses losses_;
};

TEST(PowerCut, NeverLosesWhatWasAcknowledged) {
  const std::uint64_t cuts = count_from_environment("AVOW_TEST_CUTS", 20'000);

  const Losses losses = Machine(test_seed(), server::Flush::full).run(cuts);

  std::printf("%llu cuts, %llu turns acknowledged, %llu losses\n",
              static_cast<unsigned long long>(losses.cuts),
              static_cast<unsigned long long>(losses.acknowledged),
              static_cast<unsigned long long>(losses.losses));
  EXPECT_EQ(losses.losses, 0u) << losses.first;
  EXPECT_GT(losses.acknowledged, cuts);
}

// Otherwise the test above would prove nothing.
TEST(PowerCut, LosesWhatWasNotFlushed) {
  const Losses losses = Machine(test_seed(), server::Flush::normal).run(500);

  std::printf("without flushes: %llu cuts, %llu losses\n",
              static_cast<unsigned long long>(losses.cuts),
              static_cast<unsigned long long>(losses.losses));
  EXPECT_GT(losses.losses, 50u);
}

}  // namespace
}  // namespace avow::test
