#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

#include "tests/crash/trial.hpp"
#include "tests/support/store/temporary_folder.hpp"

// The file grows with what lives and with the history that is kept, not with what ever lived.
//
//   AVOW_TEST_CHANGES=10000000 ctest -R crash/growth    (300,000 by default)

namespace avow::test {
namespace {

constexpr std::uint64_t facts = 10'000;
constexpr std::uint64_t turns_a_batch = 500;

// Turn `seq` takes a fact away, or puts another one in its place.
server::JournalTurn change(std::uint64_t seq) {
  const std::string slot = std::to_string(seq / 2 % facts);
  const std::string fact = "fact " + slot + " of round " + std::to_string(seq / 2 / facts);
  return seq % 2 == 0 ? put_fact(seq, fact)
                      : erase_turn(seq, "main", server::StoredKind::fact,
                                   "fact " + std::to_string((seq / 2 + 1) % facts) + " of round " +
                                       std::to_string(((seq / 2 + 1) / facts) - 1));
}

std::uint64_t size_of_files(const std::string& database) {
  std::error_code none;
  const std::uint64_t wal = std::filesystem::file_size(database + "-wal", none);
  return std::filesystem::file_size(database) + (none ? 0 : wal);
}

TEST(Growth, OfTheFileIsBoundedByWhatLivesAndByTheLog) {
  // The half of it has to fill the log, and all slots.
  const std::uint64_t changes =
      std::max<std::uint64_t>(100'000, count_from_environment("AVOW_TEST_CHANGES", 300'000));
  const TemporaryFolder folder;
  server::JournalOptions options;
  options.file = folder.file("avow.db");
  options.log_turns_max = 20'000;
  Recovered recovered = recover(options);
  ASSERT_FALSE(recovered.error);
  std::uint64_t early = 0;
  std::vector<server::JournalTurn> batch;
  for (std::uint64_t seq = 1; seq <= changes; ++seq) {
    batch.push_back(change(seq));
    if (batch.size() < turns_a_batch && seq < changes) continue;
    ASSERT_TRUE(recovered.journal->commit(batch));
    ASSERT_TRUE(recovered.journal->maintain());
    batch.clear();
    if (early == 0 && seq >= changes / 2) early = size_of_files(options.file);
  }
  ASSERT_TRUE(recovered.journal->close(changes));

  const std::uint64_t late = size_of_files(options.file);
  const Recovered again = recover(options);

  std::printf("%llu bytes after half of %llu changes, %llu bytes at the end\n",
              static_cast<unsigned long long>(early), static_cast<unsigned long long>(changes),
              static_cast<unsigned long long>(late));
  ASSERT_FALSE(again.error) << again.error->detail;
  EXPECT_LE(again.state.rows.size(), facts);
  EXPECT_GE(again.state.rows.size(), facts - 1);
  EXPECT_EQ(again.start.floor, changes - options.log_turns_max + 1);
  EXPECT_LT(late, early + early / 4);
}

}  // namespace
}  // namespace avow::test
