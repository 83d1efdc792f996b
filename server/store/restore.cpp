#include "server/store/restore.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "server/store/backup.hpp"
#include "server/store/database_file.hpp"
#include "server/store/history_row.hpp"
#include "server/store/plain_file.hpp"

namespace avow::server {
namespace {

constexpr std::size_t piece_bytes = 4 << 20;

// Deletes what was not finished.
class PartFile {
 public:
  explicit PartFile(std::string name) : name_(std::move(name)) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    for (const char* const end : {"", "-wal", "-journal"}) ::unlink((name_ + end).c_str());
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
};

Result<void> copy_bytes(const std::string& from, const std::string& to, std::uint64_t bytes) {
  AVOW_TRY(PlainFile source, PlainFile::open(from, O_RDONLY));
  AVOW_TRY(PlainFile target, PlainFile::open(to, O_WRONLY | O_CREAT | O_EXCL));
  Bytes piece(piece_bytes);
  while (bytes > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, piece.size()));
    AVOW_TRY(const std::size_t got, source.read(std::span(piece).first(wanted)));
    if (got == 0) return Error{"backup-invalid", from + " became shorter while it was read."};
    AVOW_TRY_VOID(target.write(ByteView(piece).first(got)));
    bytes -= got;
  }
  return target.flush();
}

Result<void> begin_history(const std::string& file, std::uint64_t epoch) {
  AVOW_TRY(SqliteConnection database, open_copy(file));
  AVOW_TRY(History history, load_history(database));
  history.epoch = epoch != 0 ? epoch : random_epoch();
  history.closed_at = history.through;
  {
    AVOW_TRY(HistoryWriter writer, HistoryWriter::prepare(database));
    AVOW_TRY_VOID(writer.write(history));
  }
  return close_copy(std::move(database));
}

}  // namespace

Result<StoreFacts> restore(const std::string& backup, const std::string& file, RestoreMode mode,
                           std::uint64_t epoch) {
  AVOW_TRY(const StoreFacts found, check_backup(backup));
  for (const char* const end : {"", "-wal", "-journal", ".part"}) {
    AVOW_TRY_VOID(check_absent(file + end));
  }
  if (mode == RestoreMode::dry_run) return found;
  const PartFile part(file + ".part");
  AVOW_TRY(const BackupFacts facts, read_backup_trailer(backup));
  AVOW_TRY_VOID(copy_bytes(backup, part.name(), facts.bytes));
  AVOW_TRY_VOID(begin_history(part.name(), epoch));
  AVOW_TRY(const StoreFacts restored, check_file(part.name()));
  AVOW_TRY_VOID(publish_file(part.name(), file));
  return restored;
}

}  // namespace avow::server
