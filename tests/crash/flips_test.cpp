#include <gtest/gtest.h>
#include <map>

#include "tests/crash/trial.hpp"

// V-D2, V-F4: bits of the files flip. What is served is what was written, or nothing at all.
//
//   AVOW_TEST_FLIPS=100000 ctest -R crash/flips    (10,000 random ones by default)

namespace avow::test {
namespace {

constexpr std::size_t every_byte_of = 64 << 10;

class Flips : public testing::Test {
 protected:
  // A small database of a few pages, closed or left by a crash with its write-ahead log.
  void make(bool is_closed) {
    Recovered recovered = recover(options);
    ASSERT_FALSE(recovered.error);
    Random script(7);
    RandomTurns turns(script);
    StoredState state;
    states[0] = state;
    for (std::uint64_t seq = 1; seq <= 30; ++seq) {
      const server::JournalTurn turn = turns.next(seq);
      ASSERT_TRUE(recovered.journal->commit({&turn, 1}));
      state.apply(turn);
      states[seq] = state;
    }
    if (is_closed) {
      ASSERT_TRUE(recovered.journal->close(30));
    }
    recovered.journal.reset();
    whole = disk.image.copy();
  }
  // Flips bits of one byte, and looks at what is served.
  void flip(const std::string& file, std::size_t at) {
    disk.image = whole.copy();
    disk.image.files.at(file)->shown[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
    const Recovered recovered = recover(options);
    ++tried;
    if (recovered.error) {
      ++refused;
      return;
    }
    const auto expected = states.find(recovered.start.head);
    ASSERT_NE(expected, states.end()) << file << " byte " << at;
    ASSERT_EQ(recovered.state.difference(expected->second), "") << file << " byte " << at;
    heads.insert(recovered.start.head);
  }

  Random random{test_seed()};
  Disk disk;
  server::JournalOptions options = small_journal(disk);
  DiskImage whole;
  std::map<std::uint64_t, StoredState> states;  // After each turn.
  std::set<std::uint64_t> heads;                // Of what was served.
  std::uint64_t tried = 0;
  std::uint64_t refused = 0;
};

TEST_F(Flips, InTheDatabaseAreRefusedOrHarmless) {
  make(true);
  const std::size_t size = whole.files.at("/avow.db")->shown.size();
  for (std::size_t at = 0; at < std::min(size, every_byte_of) && !HasFailure(); at += slowness()) {
    flip("/avow.db", at);
  }
  const std::uint64_t flips = count_from_environment("AVOW_TEST_FLIPS", 10'000);
  for (std::uint64_t i = 0; i < flips && !HasFailure(); ++i) {
    flip("/avow.db", random.below(size));
  }

  std::printf("%llu flips, %llu refused\n", static_cast<unsigned long long>(tried),
              static_cast<unsigned long long>(refused));
  EXPECT_GT(refused, tried / 8);
  EXPECT_EQ(heads, std::set<std::uint64_t>{30});
}

// SQLite ends the write-ahead log where its checksum does not fit: what is served is what was there
// some turns ago, whole, or nothing.
TEST_F(Flips, InTheWriteAheadLogEndItOrAreRefused) {
  make(false);
  const std::size_t size = whole.files.at("/avow.db-wal")->shown.size();
  const std::uint64_t flips = count_from_environment("AVOW_TEST_FLIPS", 10'000) / 4;
  for (std::uint64_t i = 0; i < flips && !HasFailure(); ++i) {
    flip("/avow.db-wal", random.below(size));
  }

  EXPECT_GT(heads.size(), 10u);
}

}  // namespace
}  // namespace avow::test
