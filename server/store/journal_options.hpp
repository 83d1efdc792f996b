#pragma once

#include <cstdint>
#include <string>

// What may be set about a journal that keeps a file. The limits are parameters so that tests can
// set them to nearly nothing.

namespace avow::server {

/// How surely a commit is on the disk. `normal` exists for one test alone, which shows that the
/// power cuts of the others would find what it loses.
enum class Flush { full, normal };

struct JournalOptions {
  std::string file;  ///< Of the database. Its folder must be there.
  std::string vfs;   ///< Where SQLite keeps files; empty: on the system's disk.
  Flush flush = Flush::full;
  /// Names the history if the file is new; 0: drawn at random.
  std::uint64_t epoch = 0;
  /// How many numbers are reserved at a time.
  std::uint64_t numbers_step = std::uint64_t{1} << 32;

  // The log keeps the last turns, as long as they are within both.
  std::uint64_t log_turns_max = 100'000;
  std::uint64_t log_bytes_max = 64 << 20;

  // The tables follow the log when they lack so many turns, or bytes of records.
  std::uint64_t tail_turns_max = 512;
  std::uint64_t tail_bytes_max = 1 << 20;
  /// In so many transactions, while as many turns come again.
  std::uint64_t follow_parts = 8;

  // An outcome is kept until the one or the other is exceeded.
  std::uint64_t outcomes_per_client_max = 1'000'000;
  std::uint64_t outcome_age_max_ms = std::uint64_t{24} * 60 * 60 * 1000;
  /// So many are never too old, so that a wall clock that jumps ahead does no harm.
  std::uint64_t outcomes_kept_min = 100'000;

  // After a commit what the write-ahead log holds goes into the database from this on, and from the
  // second on the file is also cut.
  std::uint64_t checkpoint_bytes = 4 << 20;
  std::uint64_t truncate_bytes = 64 << 20;
};

}  // namespace avow::server
