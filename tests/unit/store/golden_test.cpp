#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "server/store/backup_at_rest.hpp"
#include "server/store/database_file.hpp"
#include "server/store/database_peek.hpp"
#include "server/store/journal_file.hpp"
#include "server/store/store_check.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/support/store/temporary_folder.hpp"

// schemas/vectors/store has a database of each version of the tables, which ended cleanly. It opens
// for ever, in this version and in every later one, and holds what stands here.

namespace avow::server {
namespace {

namespace fs = std::filesystem;
using test::StoredState;

constexpr std::uint64_t golden_epoch = 0x0123456789ABCDEF;

StoredChange put(StoredKind kind, std::uint32_t space, std::string_view key,
                 std::string_view value = {}) {
  StoredChange change;
  change.act = StoredChange::Act::put;
  change.kind = kind;
  change.space = space;
  append(change.key, bytes_of(key));
  append(change.value, bytes_of(value));
  return change;
}

// The turns that the first one was made of.
std::vector<JournalTurn> first_turns() {
  using namespace std::string_literals;
  // Canonical Preserves of <temperature "kitchen" 21>, and other bytes as the keeper writes them.
  const std::string fact = "\xb4\xb3\x0btemperature\xb1\x07kitchen\xb0\x01\x15\x84"s;
  std::vector<JournalTurn> turns;
  turns.push_back({.seq = 1,
                   .spaces = {{.name = "main", .revision = 1}},
                   .changes = {put(StoredKind::fact, 0, fact)},
                   .outcomes = {test::outcome_of(7, 1, 1'700'000'000'000, "\xb3\x02ok"s)}});
  turns.push_back({.seq = 5,
                   .spaces = {{.name = "main", .revision = 4}, {.name = "orders", .revision = 2}},
                   .changes = {put(StoredKind::slot, 0, "\xb1\x03key"s, fact),
                               put(StoredKind::item, 1, "\0\0\0\0\0\0\0\1"s, fact),
                               put(StoredKind::lease, 1, "\0\0\0\0\0\0\0\2"s,
                                   "\0\0\0\0\0\0\x27\x10\0\0\0\0\0\0\x13\x88"s),
                               put(StoredKind::lease_fact, 1, "\0\0\0\0\0\0\0\2"s + fact)},
                   .outcomes = {}});
  JournalTurn last = test::erase_turn(6, "orders", StoredKind::item, "\0\0\0\0\0\0\0\1"s);
  last.outcomes = {test::outcome_of(7, 2, 1'700'000'000'001, "")};
  last.outcomes[0].kind = StoredOutcome::Kind::impossible;
  turns.push_back(std::move(last));
  return turns;
}

// The second version has last turns: <last-turn [<drop x>] {}> of a session with a grace of 10 s.
std::vector<JournalTurn> second_turns() {
  using namespace std::string_literals;
  std::vector<JournalTurn> turns = first_turns();
  const std::string last =
      "\xb5\xb0\x02\x27\x10\xb5\xb4\xb3\x04"
      "drop\xb3\x01x\x84\x84\xb7\x84\x84"s;
  turns.push_back({.seq = 8,
                   .spaces = {{.name = "main", .revision = 7}},
                   .changes = {put(StoredKind::last_turn, 0, "\0\0\0\0\0\0\0\7"s, last)},
                   .outcomes = {}});
  return turns;
}

struct Golden {
  std::string name;
  std::vector<JournalTurn> turns;

  [[nodiscard]] std::string file() const { return AVOW_VECTORS "/store/" + name; }
};

Golden first() { return {"0001.db", first_turns()}; }
Golden second() { return {"0002.db", second_turns()}; }
Golden third() { return {"0003.db", second_turns()}; }
Golden fourth() { return {"0004.db", second_turns()}; }

StoredState state_of(const std::vector<JournalTurn>& turns) {
  StoredState state;
  for (const JournalTurn& turn : turns) state.apply(turn);
  return state;
}

// The fourth version may have turns in the log that its other tables lack, when it did not end
// cleanly.
std::vector<JournalTurn> tail_turns() {
  using namespace std::string_literals;
  std::vector<JournalTurn> turns;
  turns.push_back(test::erase_turn(9, "orders", StoredKind::lease, "\0\0\0\0\0\0\0\2"s));
  turns[0].outcomes = {test::outcome_of(8, 1, 1'700'000'000'002, "\xb3\x02ok"s)};
  turns.push_back({.seq = 10,
                   .spaces = {{.name = "more", .revision = 8}},
                   .changes = {put(StoredKind::fact, 0, "\xb3\x01x"s)},
                   .outcomes = {}});
  return turns;
}

// How the newest was made: AVOW_WRITE_GOLDEN=schemas/vectors/store/0004.db, and so those with a
// tail. It is never made again.
void write_golden(const std::string& file, const std::vector<JournalTurn>& tail,
                  JournalOptions options = {}) {
  options.file = file;
  options.epoch = golden_epoch;
  auto journal = JournalFile::open(options);
  ASSERT_TRUE(journal) << journal.error().detail;
  test::StateSink sink;
  ASSERT_TRUE((*journal)->recover(sink));
  ASSERT_TRUE((*journal)->commit(second_turns()));
  if (tail.empty()) {
    ASSERT_TRUE((*journal)->close(9));
  } else {
    ASSERT_TRUE((*journal)->commit(tail));
    for (int i = 0; i < 2; ++i) ASSERT_TRUE((*journal)->maintain());
    ASSERT_TRUE((*journal)->settle());
  }
}

void expect_to_open(const Golden& golden) {
  const test::TemporaryFolder folder;
  JournalOptions options;
  options.file = folder.file("avow.db");
  fs::copy_file(golden.file(), options.file);
  fs::permissions(options.file, fs::perms(0600));

  auto journal = JournalFile::open(options);
  ASSERT_TRUE(journal) << journal.error().detail;
  test::StateSink sink;
  const auto start = (*journal)->recover(sink);

  ASSERT_TRUE(start) << start.error().detail;
  EXPECT_EQ(start->epoch, golden_epoch);
  EXPECT_EQ(start->above, 9u);
  EXPECT_EQ(start->floor, 1u);
  EXPECT_EQ(start->head, golden.turns.back().seq);
  EXPECT_EQ(sink.state.difference(state_of(golden.turns)), "");
  const JournalTurn next = test::put_fact(10, "it goes on");
  EXPECT_TRUE((*journal)->commit({&next, 1}));
  EXPECT_TRUE((*journal)->close(10));
}

void expect_whole(const Golden& golden, std::uint64_t live) {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("avow.db");
  fs::copy_file(golden.file(), file);

  const auto facts = check_file(file);

  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_EQ(facts->spaces, 2u);
  EXPECT_EQ(facts->live(), live);
  EXPECT_EQ(facts->outcomes, 2u);
  EXPECT_EQ(facts->log_turns, golden.turns.size());
}

TEST(GoldenStore, OfTheFirstVersionOpensForEver) { expect_to_open(first()); }
TEST(GoldenStore, OfTheFirstVersionIsWhole) { expect_whole(first(), 4); }

TEST(GoldenStore, OfTheSecondVersionOpensForEver) { expect_to_open(second()); }
TEST(GoldenStore, OfTheSecondVersionIsWhole) { expect_whole(second(), 5); }

TEST(GoldenStore, OfTheThirdVersionOpensForEver) { expect_to_open(third()); }
TEST(GoldenStore, OfTheThirdVersionIsWhole) { expect_whole(third(), 5); }

TEST(GoldenStore, ABackupOfAnOlderVersionCanBeRestoredByThatVersion) {
  const test::TemporaryFolder folder;
  const std::string backup = folder.file("backup");

  const auto made = back_up_at_rest(third().file(), backup, [](const BackupProgress&) {});

  ASSERT_TRUE(made) << made.error().detail;
  const auto copy = open_at_rest(backup, "");
  ASSERT_TRUE(copy) << copy.error().detail;
  EXPECT_EQ(copy->number("PRAGMA user_version").value(), 3);
}

TEST(GoldenStore, OfAnOlderVersionThatIsDamagedIsRefusedAndStaysAsItIs) {
  const test::TemporaryFolder folder;
  JournalOptions options;
  options.file = folder.file("avow.db");
  fs::copy_file(third().file(), options.file);
  {
    auto database = open_copy(options.file);
    ASSERT_TRUE(database) << database.error().detail;
    ASSERT_TRUE(database->run("UPDATE live SET value = x'00' WHERE kind = 2"));
    ASSERT_TRUE(close_copy(*std::move(database)));
  }

  auto journal = JournalFile::open(options);
  ASSERT_TRUE(journal) << journal.error().detail;
  test::StateSink sink;
  const auto refused = (*journal)->recover(sink);
  journal->reset();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "store-corrupt");
  const auto database = open_to_read(options.file, "");
  ASSERT_TRUE(database) << database.error().detail;
  EXPECT_EQ(database->number("PRAGMA user_version").value(), 3);
}

TEST(GoldenStore, OfTheFourthVersionOpensForEver) {
  if (const char* const file = std::getenv("AVOW_WRITE_GOLDEN")) write_golden(file, {});
  expect_to_open(fourth());
}
TEST(GoldenStore, OfTheFourthVersionIsWhole) { expect_whole(fourth(), 5); }

void expect_to_open_with_tail(const std::string& golden) {
  const test::TemporaryFolder folder;
  JournalOptions options;
  options.file = folder.file("avow.db");
  for (const char* const end : {"", "-wal"}) fs::copy_file(golden + end, options.file + end);

  const auto checked = check_file(options.file);
  auto journal = JournalFile::open(options);
  ASSERT_TRUE(journal) << journal.error().detail;
  test::StateSink sink;
  const auto start = (*journal)->recover(sink);

  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->head, 10u);
  EXPECT_EQ(checked->live(), 5u);
  ASSERT_TRUE(start) << start.error().detail;
  EXPECT_EQ(start->head, 10u);
  std::vector<JournalTurn> turns = second_turns();
  for (JournalTurn& turn : tail_turns()) turns.push_back(std::move(turn));
  EXPECT_EQ(sink.state.difference(state_of(turns)), "");
}

TEST(GoldenStore, OfTheFourthVersionWithATailOpensForEver) {
  const std::string golden = AVOW_VECTORS "/store/0004-tail.db";
  if (std::getenv("AVOW_WRITE_GOLDEN") != nullptr) write_golden(golden, tail_turns());
  expect_to_open_with_tail(golden);
}

// Two of three changes are in the tables, and so is the new space.
TEST(GoldenStore, OfTheFourthVersionWhoseTablesHaveFollowedInPartOpensForEver) {
  const std::string golden = AVOW_VECTORS "/store/0004-part.db";
  if (std::getenv("AVOW_WRITE_GOLDEN") != nullptr) {
    JournalOptions options;
    options.tail_turns_max = 2;
    options.follow_parts = 2;
    write_golden(golden, tail_turns(), options);
  }
  expect_to_open_with_tail(golden);
}

}  // namespace
}  // namespace avow::server
