#pragma once

#include <gtest/gtest.h>
#include <memory>

#include "server/store/journal_file.hpp"
#include "tests/support/disk/disk.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/unit/store/opening.hpp"

namespace avow::server {

inline constexpr std::uint64_t step = std::uint64_t{1} << 32;

/// A journal on a disk in memory, and what must be in it.
class JournalFixture : public testing::Test {
 protected:
  JournalFixture() {
    options_.file = "/avow.db";
    options_.vfs = disk_.vfs();
    options_.epoch = 77;
    options_.follow_parts = 1;
  }

  // Opens and recovers; what is there is in `sink_`.
  HistoryStart start() {
    sink_ = test::StateSink();
    return open_again(journal_, options_, sink_);
  }
  void commit(const JournalTurn& turn) {
    const auto done = journal_->commit({&turn, 1});
    ASSERT_TRUE(done) << done.error().detail;
    model_.apply(turn);
  }
  // As if nothing came for so long that what is to follow now has followed: it is read, made, and
  // written.
  void follow() {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal_->maintain());
  }
  // With `tail_turns_max` 1 the tables follow the log at once, and so the limits are kept at once.
  void commit_and_follow(const JournalTurn& turn) {
    commit(turn);
    follow();
  }
  std::size_t wal_bytes() { return disk_.image.files.at("/avow.db-wal")->shown.size(); }

  test::Disk disk_;
  JournalOptions options_;
  std::unique_ptr<JournalFile> journal_;
  test::StateSink sink_;
  test::StoredState model_;
};

}  // namespace avow::server
