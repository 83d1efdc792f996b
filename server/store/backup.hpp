#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "avow/base/result.hpp"
#include "server/store/checksum.hpp"
#include "server/store/sqlite.hpp"

// A copy of the database at one revision, made while the server goes on. The file of a backup is
// the database, and behind it, so that the end of the file is the end of the backup:
//
//   "AVOWBKP1" | u64 bytes of the database | u64 epoch | u64 head | 32 bytes BLAKE2s-256
//
// numbers big-endian; the hash is over all that is before it.

namespace avow::server {

struct BackupProgress {
  std::uint64_t bytes = 0;  ///< Done so far, of copying and hashing together.
  std::uint64_t of = 0;     ///< It may grow with the database.
};

struct BackupFacts {
  std::uint64_t epoch = 0;
  std::uint64_t head = 0;   ///< The last turn that is in it.
  std::uint64_t bytes = 0;  ///< Of the database.
  ChainHash checksum{};
};

inline constexpr std::size_t backup_trailer_bytes = 64;

/// A backup in the making. SQLite copies page by page, and copies again what changes meanwhile; so
/// it must be used by the thread that commits, on the same connection.
class BackupJob {
 public:
  /// Makes `file`, which must not be there, under another name first (`file`.part).
  /// Where the copy goes, `spare_bytes` stay free. Errors: `store-exists`, `store-missing`,
  /// `store-failed`, `no-space`.
  [[nodiscard]] static Result<std::unique_ptr<BackupJob>> begin(const SqliteConnection& database,
                                                                const std::string& file,
                                                                std::uint64_t spare_bytes = 0);
  BackupJob(const BackupJob&) = delete;
  BackupJob& operator=(const BackupJob&) = delete;
  /// What was not finished is deleted.
  ~BackupJob();

  /// Does a little more, a few milliseconds of work; after the last page as much as the tables of
  /// the copy take to follow its log. True: it is done, and on the disk.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] BackupProgress progress() const;
  /// When it is done.
  [[nodiscard]] const BackupFacts& facts() const;

 private:
  struct State;
  explicit BackupJob(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What the end of a backup's file says. Errors: `backup-invalid` if it is none, or incomplete.
[[nodiscard]] Result<BackupFacts> read_backup_trailer(const std::string& file);
/// Whether the file is what was written, byte for byte. Errors: `backup-invalid`.
[[nodiscard]] Result<BackupFacts> check_backup_bytes(const std::string& file);

}  // namespace avow::server
