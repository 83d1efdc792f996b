#include <gtest/gtest.h>

#include "tests/crash/trial.hpp"

// V-D1, V-D2, V-D3: the disk fails at the n-th flush, write or read, for every n. After the first
// error nothing is acknowledged any more; and what is there at the next start keeps the promise,
// whether only the process went or the power too.

namespace avow::test {
namespace {

constexpr std::uint64_t script_turns = 40;

enum class End { of_the_process, of_the_power };

// What must hold after `script` was stopped by an error.
void expect_the_end(Script& script, const std::string& where) {
  if (!script.journal) return;  // It was not even opened.
  const std::vector<server::JournalTurn> later = script.batch;
  const auto again = script.journal->commit(later);
  ASSERT_FALSE(again) << where << ": acknowledged after the error";
  ASSERT_FALSE(script.journal->close(later.back().seq)) << where;
  script.journal.reset();
}

// Runs the script with `fault` at the n-th act, for every n that there is (under a sanitizer every
// tenth).
void for_every(Fault fault, End end) {
  Random random(test_seed());
  for (std::uint64_t n = 1 + random.below(slowness());; n += slowness()) {
    Disk disk;
    Script script(script_turns);
    disk.plan(fault, n);
    const auto failed = script.run(small_journal(disk));
    const std::string where = "at " + std::to_string(n);
    if (!disk.has_failed()) {
      EXPECT_GT(n, script_turns) << "the fault never came";
      return;
    }
    ASSERT_TRUE(failed) << where << ": the error was not noticed";
    disk.repair();
    expect_the_end(script, where);
    if (testing::Test::HasFatalFailure()) return;
    if (end == End::of_the_power) disk.image.lose_power(random, 50);
    const auto again = script.run(small_journal(disk));
    ASSERT_FALSE(again) << where << ": " << again->detail;
  }
}

TEST(Faults, AFlushThatFailsOnceIsTheEnd) { for_every(Fault::flush_error, End::of_the_process); }

TEST(Faults, AFlushThatFailsOnceIsTheEndAlsoWhenThePowerGoes) {
  for_every(Fault::flush_error, End::of_the_power);
}

TEST(Faults, FlushesThatFailForEverAreTheEnd) { for_every(Fault::flush_errors, End::of_the_power); }

TEST(Faults, AWriteThatFailsIsTheEnd) { for_every(Fault::write_error, End::of_the_process); }

TEST(Faults, AWriteThatFailsHalfwayIsTheEnd) { for_every(Fault::short_write, End::of_the_power); }

// Reads happen at the start; what is refused then is served after the disk was mended.
TEST(Faults, AReadThatFailsIsARefusalOrTheEnd) {
  Disk disk;
  Script script(script_turns);
  ASSERT_FALSE(script.run(small_journal(disk)));
  Promise promise = script.promise;
  for (std::uint64_t n = 1;; ++n) {
    disk.plan(Fault::read_error, n);
    Recovered recovered = recover(small_journal(disk));
    if (!disk.has_failed()) break;
    // SQLite may have been able to do without.
    if (!recovered.error) {
      ASSERT_EQ(promise.settle(recovered.start, recovered.state), "") << "at " << n;
    }
    recovered.journal.reset();
    disk.repair();
    recovered = recover(small_journal(disk));
    ASSERT_FALSE(recovered.error) << "at " << n << ": " << recovered.error->detail;
    ASSERT_EQ(promise.settle(recovered.start, recovered.state), "") << "at " << n;
  }
}

// A full disk is told, undone, and no end: the same turns are committed when there is room.
TEST(Faults, AFullDiskAtAnyWriteLeavesAllAsItWas) {
  std::uint64_t commits_tried_again = 0;
  for (std::uint64_t n = 1;; n += slowness()) {
    Disk disk;
    Script script(script_turns);
    disk.plan(Fault::full, n);
    const auto failed = script.run(small_journal(disk));
    if (!disk.has_failed()) break;
    ASSERT_TRUE(failed);
    ASSERT_EQ(failed->code, "no-space") << "at " << n << ": " << failed->detail;
    disk.repair();
    if (script.journal && script.promise.with_pending) {
      const auto again = script.journal->commit(script.batch);
      ASSERT_TRUE(again) << "at " << n << ": " << again.error().detail;
      script.promise.acknowledge();
      ++commits_tried_again;
    }
    const auto rest = script.run(small_journal(disk));
    ASSERT_FALSE(rest) << "at " << n << ": " << rest->detail;
  }
  EXPECT_GT(commits_tried_again, script_turns / slowness());
}

}  // namespace
}  // namespace avow::test
