#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "server/store/checksum.hpp"
#include "server/store/history_row.hpp"
#include "server/store/journal_file.hpp"
#include "server/store/sqlite.hpp"
#include "server/store/turn_record.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/support/store/temporary_folder.hpp"

// Turns of the log that the tables do not have yet, as somebody else might have put them there: a
// start applies what can be, and changes nothing when it refuses.

namespace avow::server {
namespace {

using test::put_fact;

class LogTailTest : public testing::Test {
 protected:
  LogTailTest() { options_.file = folder_.file("avow.db"); }

  Result<HistoryStart> start() {
    journal_.reset();
    sink_ = test::StateSink();
    AVOW_TRY(journal_, JournalFile::open(options_));
    return journal_->recover(sink_);
  }
  // A history of one turn, ended cleanly or not.
  void make(bool is_clean) {
    ASSERT_TRUE(start());
    const JournalTurn turn = put_fact(1, "first");
    ASSERT_TRUE(journal_->commit({&turn, 1}));
    if (is_clean) {
      ASSERT_TRUE(journal_->close(1));
    }
    journal_.reset();
  }
  // Adds a row to the log, rightly chained to the last.
  void add(std::uint64_t seq, ByteView record) {
    auto database = SqliteConnection::open(options_.file, SQLITE_OPEN_READWRITE, "");
    ASSERT_TRUE(database) << database.error().detail;
    sqlite3_db_config(&database->raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const auto history = load_history(*database);
    ASSERT_TRUE(history) << history.error().detail;
    const ChainHash chain = Hasher().link(history->chain, seq, record);
    auto insert = Statement::prepare(database->raw(),
                                     "INSERT INTO log (seq, record, chain) VALUES (?, ?, ?)");
    ASSERT_TRUE(insert) << insert.error().detail;
    ASSERT_TRUE(insert->bind(seq).bind(record).bind(ByteView(chain)).run());
  }
  [[nodiscard]] std::string bytes_of_files() const {
    std::string bytes;
    for (const char* const end : {"", "-wal"}) {
      std::ifstream file(options_.file + end, std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(file), {});
    }
    return bytes;
  }
  void expect_refused(const std::string& words) {
    const std::string before = bytes_of_files();

    const auto refused = start();
    journal_.reset();

    ASSERT_FALSE(refused) << "it was recovered";
    EXPECT_EQ(refused.error().code, "store-corrupt");
    EXPECT_NE(refused.error().detail.find(words), std::string::npos) << refused.error().detail;
    EXPECT_EQ(bytes_of_files(), before);
  }
  [[nodiscard]] static Bytes record_of(const JournalTurn& turn) {
    Bytes record;
    write_turn_record(record, turn);
    return record;
  }

  test::TemporaryFolder folder_;
  JournalOptions options_;
  std::unique_ptr<JournalFile> journal_;
  test::StateSink sink_;
};

TEST_F(LogTailTest, OfATurnIsAppliedByTheNextStart) {
  make(false);
  add(5, record_of(put_fact(5, "second")));

  const auto found = start();

  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->head, 5u);
  EXPECT_EQ(sink_.state.rows.size(), 2u);
}

TEST_F(LogTailTest, AfterACleanEndIsRefused) {
  make(true);
  add(5, record_of(put_fact(5, "second")));

  expect_refused("turns that never were");
}

TEST_F(LogTailTest, OfATurnAboveAllThatWasReservedIsRefused) {
  make(false);
  const std::uint64_t above = 3 * options_.numbers_step;
  add(above, record_of(put_fact(above, "second")));

  expect_refused("turns that never were");
}

TEST_F(LogTailTest, OfARecordThatIsNoTurnIsRefused) {
  make(false);
  add(5, bytes_of("this is no turn."));

  expect_refused("no turn");
}

TEST_F(LogTailTest, OfARecordOfAnotherTurnIsRefused) {
  make(false);
  add(5, record_of(put_fact(6, "second")));

  expect_refused("of another turn");
}

TEST_F(LogTailTest, ThatIsNotChainedToTheLogIsRefused) {
  make(false);
  add(5, record_of(put_fact(5, "second")));
  add(6, record_of(put_fact(6, "third, chained to the first")));

  expect_refused("chain of the log is broken");
}

}  // namespace
}  // namespace avow::server
