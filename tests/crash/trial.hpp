#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/journal_file.hpp"
#include "tests/support/disk/disk.hpp"
#include "tests/support/random.hpp"
#include "tests/support/store/random_turns.hpp"
#include "tests/support/store/stored_state.hpp"

// What the tests of crashes have in common: a journal on a disk that fails, and what must be there
// afterwards.

namespace avow::test {

/// Limits so small that everything happens often: compaction, checkpoints, cut files.
[[nodiscard]] server::JournalOptions small_journal(const Disk& disk);

/// How many times fewer repetitions have to do: 10 under a sanitizer, which takes its time, else 1.
[[nodiscard]] std::uint64_t slowness();
/// The number of repetitions from the environment, or `otherwise` by `slowness`.
[[nodiscard]] std::uint64_t count_from_environment(const char* name, std::uint64_t otherwise);

/// What was promised: the state after all that was acknowledged, and, while a batch is neither
/// acknowledged nor refused, the state with it.
struct Promise {
  StoredState acknowledged;
  std::uint64_t head = 0;
  std::optional<StoredState> with_pending;
  std::uint64_t pending_head = 0;
  std::uint64_t handed_out = 0;  ///< The largest number that was used.
  std::uint64_t epoch = 0;       ///< 0 before the history was ever seen.

  void ask(const std::vector<server::JournalTurn>& batch);
  void acknowledge();
  /// What is wrong with what was recovered; nothing if it keeps the promise. What was pending is
  /// settled then.
  [[nodiscard]] std::string settle(const server::HistoryStart& start, const StoredState& found);
};

/// A history that is the same each time, told turn by turn until it is over or something fails.
class Script {
 public:
  explicit Script(std::uint64_t turns) : left_(turns) {}

  /// Opens the journal, recovers, and goes on from there. Answers what ended it; nothing: it is
  /// over, and the journal was closed. What was promised is in `promise`.
  [[nodiscard]] std::optional<Error> run(const server::JournalOptions& options);

  Promise promise;
  std::unique_ptr<server::JournalFile> journal;  ///< As it was when something failed.
  std::vector<server::JournalTurn> batch;        ///< What was being committed.
  std::string wrong;                             ///< How a recovery broke the promise.

 private:
  Random random_{200};
  RandomTurns turns_{random_};
  std::uint64_t left_;
};

/// A journal that was opened and recovered, or why not.
struct Recovered {
  std::unique_ptr<server::JournalFile> journal;
  server::HistoryStart start;
  StoredState state;
  std::optional<Error> error;
};
[[nodiscard]] Recovered recover(const server::JournalOptions& options);

}  // namespace avow::test
