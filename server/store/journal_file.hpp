#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "avow/base/result.hpp"
#include "server/store/history_row.hpp"
#include "server/store/journal.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/sqlite.hpp"

// The journal in a file, without a thread: every call comes back when it is done. All that a commit
// brings is one transaction, which adds the turns to the log. The tables of what lives follow
// later, for many turns at once, by a part with every few commits.
//
//   AVOW_TRY(auto journal, JournalFile::open({.file = "avow.db"}));
//   AVOW_TRY(HistoryStart start, journal->recover(sink));
//   AVOW_TRY_VOID(journal->commit(turns));   // On the disk now.
//   journal->maintain();                     // Afterwards, when the answers are on their way, and
//                                            // when nothing is to be done.
//   journal->close(last_seq);
//
// An error is final: what was being written may be on the disk or not, so that memory and disk may
// no longer agree, and nothing is written any more. The one exception is a full disk, which SQLite
// undoes for certain: `no-space` leaves all as it was, and the same turns may be tried again.

namespace avow::server {

class JournalFile {
 public:
  /// Errors: those of open_database (database_file.hpp).
  [[nodiscard]] static Result<std::unique_ptr<JournalFile>> open(const JournalOptions& options);
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;
  /// Leaves the file as it is: without `close` it did not end cleanly.
  ~JournalFile();

  /// Reads and checks everything, tells `sink` of it and reserves numbers. Once, before all else.
  /// Errors: `store-corrupt`, those of `sink`, and those of writing.
  [[nodiscard]] Result<HistoryStart> recover(RecoverySink& sink);

  /// Writes turns in one transaction; they go on above the last, within what is reserved. Together
  /// their records have less than 512 MiB. Errors: `no-space`; all others are final.
  [[nodiscard]] Result<void> commit(std::span<const JournalTurn> turns);
  /// Reserves numbers up to `through` at least; answers how far. Errors: as for `commit`.
  [[nodiscard]] Result<std::uint64_t> reserve(std::uint64_t through);
  /// Lets the tables follow the log, moves what the write-ahead log holds into the database, and
  /// gives unused space back, each if it is time. After every commit. What follows goes into the
  /// transaction of the next commit, or is written by the next call. Errors: as for `commit`.
  [[nodiscard]] Result<void> maintain();
  /// Writes what `maintain` has left to the next commit. Errors: as for `commit`.
  [[nodiscard]] Result<void> settle();
  /// Ends cleanly: numbers go on right above `last_seq`, and the database is one file.
  [[nodiscard]] Result<void> close(std::uint64_t last_seq);

  [[nodiscard]] std::uint64_t floor() const;  ///< The first turn in the log; 0 if there is none.
  [[nodiscard]] std::uint64_t head() const;   ///< The last turn; 0 if there never was one.
  [[nodiscard]] std::uint64_t epoch() const;
  /// How long the last commit took to bring to the disk what it had written.
  [[nodiscard]] std::chrono::nanoseconds flush_time() const { return flush_time_; }
  /// For backups, between commits and after `settle`, by the thread that commits.
  [[nodiscard]] const SqliteConnection& connection() const;

 private:
  struct Parts;
  explicit JournalFile(std::unique_ptr<Parts> parts);

  [[nodiscard]] Result<HistoryStart> begin_history(RecoverySink& sink);
  [[nodiscard]] Result<void> take_newer_steps();
  [[nodiscard]] Result<void> write(std::span<const JournalTurn> turns);
  [[nodiscard]] Result<void> apply_tail(History& history);
  [[nodiscard]] Result<void> keep_limits(std::uint64_t turns, History& history);
  /// `work(history)` belongs to the transaction that is open or begins, and changes `history` and
  /// what it stands for.
  template <class Work>
  [[nodiscard]] Result<void> transact(const Work& work);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> end();
  [[nodiscard]] Result<void> follow_log();
  [[nodiscard]] Result<void> follow_a_part();
  [[nodiscard]] double share_of_tail() const;
  [[nodiscard]] Result<void> move_log(int mode);
  [[nodiscard]] Result<void> give_space_back();
  [[nodiscard]] Result<void> finish(std::uint64_t last_seq);
  /// Notes that nothing may be written any more, unless nothing was.
  [[nodiscard]] Result<void> judge(Result<void> done);

  std::unique_ptr<Parts> parts_;
  std::optional<Error> failed_;
  bool is_recovered_ = false;
  bool is_open_ = false;  // A transaction.
  std::chrono::nanoseconds flush_time_{0};
};

}  // namespace avow::server
