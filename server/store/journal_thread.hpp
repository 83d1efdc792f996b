#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/store/backup.hpp"
#include "server/store/disk_space.hpp"
#include "server/store/journal.hpp"
#include "server/store/journal_options.hpp"

// The journal of a server that keeps a file: a thread of its own writes, since a flush blocks. All
// that was appended while it wrote is the next transaction, with what comes within a part of that
// time (gathering.hpp), so that one flush serves everybody who waited.

namespace avow::server {

struct JournalThreadOptions {
  JournalOptions file;
  DiskSpaceOptions space;
  /// A transaction takes no more turns than this, nor, but for its last turn, more bytes.
  std::size_t batch_turns_max = 4'096;
  std::size_t batch_bytes_max = 4 << 20;
  /// Between two looks at the room on the disk.
  std::chrono::milliseconds look_every{1'000};
};

/// What waits to be written is counted, and not bounded here: who appends takes no more input when
/// it becomes too much.
class JournalThread final : public Journal {
 public:
  /// Errors: those of open_database (database_file.hpp).
  [[nodiscard]] static Result<std::unique_ptr<JournalThread>> open(JournalThreadOptions options);
  JournalThread(const JournalThread&) = delete;
  JournalThread& operator=(const JournalThread&) = delete;
  /// Without `close`, what was appended and not reported as committed may be lost.
  ~JournalThread() override;

  /// On the caller's thread. If the disk is full, the ballast makes room for what must be written.
  Result<HistoryStart> recover(RecoverySink& sink) override;
  /// `listener` is called from the journal's thread; it is told at once if there is no room.
  void start(JournalListener& listener) override;
  void append(JournalTurn turn) override;
  void reserve(std::uint64_t through) override;
  [[nodiscard]] std::size_t waiting_bytes() const override;
  /// Waits for the thread. Errors: what it failed with.
  Result<void> close(std::uint64_t last_seq) override;

  /// Copies the database into `file`, a new one, a little after each commit; `progress` and `done`
  /// are called from the journal's thread. One at a time: a second is answered with an error. On
  /// the disk of the database it is given up rather than that the disk becomes nearly full.
  void backup(std::string file, std::function<void(const BackupProgress&)> progress,
              std::function<void(const Result<BackupFacts>&)> done);

  /// From any thread.
  [[nodiscard]] LogSpan span() const override;

 private:
  struct State;
  explicit JournalThread(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace avow::server
