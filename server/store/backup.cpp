#include "server/store/backup.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <unistd.h>
#include <utility>

#include "avow/base/check.hpp"
#include "server/store/database_file.hpp"
#include "server/store/database_rules.hpp"
#include "server/store/disk_space.hpp"
#include "server/store/history_row.hpp"
#include "server/store/plain_file.hpp"
#include "server/store/stored_tables.hpp"

namespace avow::server {
namespace {

namespace fs = std::filesystem;

constexpr int pages_a_step = 256;
constexpr std::uint64_t page_bytes = 4096;
constexpr std::size_t hashed_bytes_a_step = 2 << 20;
constexpr std::string_view magic = "AVOWBKP1";
constexpr std::size_t hashed_trailer_bytes = 32;

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

// The trailer but for its hash.
Bytes trailer_of(const BackupFacts& facts) {
  Bytes trailer;
  trailer.reserve(hashed_trailer_bytes);
  append(trailer, bytes_of(magic));
  for (const std::uint64_t number : {facts.bytes, facts.epoch, facts.head}) {
    append(trailer, big_endian(number));
  }
  AVOW_CHECK(trailer.size() == hashed_trailer_bytes);
  return trailer;
}

std::uint64_t number_at(ByteView bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | bytes[at + i];
  return number;
}

Error invalid(const std::string& file, const std::string& why) {
  return {"backup-invalid", file + " is no backup that can be used: " + why +
                                ". Use another one; `avow backup verify` tells which are whole."};
}

// What lies beside a database under its name means something to the next start.
Result<void> check_name(const SqliteConnection& database, const std::string& file) {
  const char* const own = sqlite3_db_filename(&database.raw(), "main");
  if (own == nullptr || *own == '\0') return {};
  if (!fs::weakly_canonical(file).string().starts_with(fs::weakly_canonical(own).string() + "-")) {
    return {};
  }
  return Error{"store-exists", file +
                                   " is a name that belongs to the database beside it. Give the "
                                   "backup another one."};
}

// A backup that has no room must fail before it takes what the server needs.
Result<void> check_room(const SqliteConnection& database, const std::string& file,
                        std::uint64_t spare_bytes) {
  AVOW_TRY(const std::int64_t pages, database.number("PRAGMA page_count"));
  const std::uint64_t needed = from_sql(pages) * page_bytes + backup_trailer_bytes;
  const std::uint64_t there = free_bytes_for(file);
  if (there >= spare_bytes && there - spare_bytes >= needed) return {};
  return Error{"no-space", "The backup needs " + std::to_string(needed) + " bytes, and where " +
                               file + " would be there are " + std::to_string(there) +
                               (spare_bytes == 0 ? std::string()
                                                 : ", of which " + std::to_string(spare_bytes) +
                                                       " are kept for the server") +
                               ". Make room, or write it to another disk."};
}

}  // namespace

// ---- making one
// ----------------------------------------------------------------------------------

struct BackupJob::State {
  std::string file;
  std::string part;
  std::optional<SqliteConnection> target;  // While pages are copied.
  std::unique_ptr<sqlite3_backup, Finish> copying;
  std::optional<PlainFile> bytes;  // While they are hashed.
  Hasher hasher;
  Bytes piece;
  std::uint64_t copied = 0;
  std::uint64_t hashed = 0;
  BackupFacts facts;
  bool is_done = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    copying.reset();
    target.reset();
    if (is_done || part.empty()) return;
    ::unlink(part.c_str());
    ::unlink(wal_of(part).c_str());
  }

  Result<void> copy() {
    const int code = sqlite3_backup_step(copying.get(), pages_a_step);
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copying.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(copying.get()));
    facts.bytes = all * page_bytes;
    copied = (all - left) * page_bytes;
    if (code == SQLITE_OK) return {};
    if (code != SQLITE_DONE) return sqlite_error(nullptr, code, "Copying into " + part);
    return end_copying();
  }

  Result<void> end_copying() {
    const int code = sqlite3_backup_finish(copying.release());
    if (code != SQLITE_OK) return sqlite_error(nullptr, code, "Copying into " + part);
    AVOW_TRY_VOID(target->close());
    target.reset();
    AVOW_TRY(SqliteConnection copy, open_copy(part));
    // It is flushed as a whole at the end.
    AVOW_TRY_VOID(copy.run("PRAGMA synchronous = OFF"));
    AVOW_TRY(const History history, StoredTables::apply_tail_of(copy));
    AVOW_TRY_VOID(close_copy(std::move(copy)));
    facts.epoch = history.epoch;
    facts.head = history.head;
    return {};
  }

  Result<void> hash() {
    if (!bytes) {
      AVOW_TRY(PlainFile opened, PlainFile::open(part, O_RDWR));
      AVOW_TRY(facts.bytes, opened.size());
      copied = facts.bytes;  // It may have become another size since.
      bytes.emplace(std::move(opened));
      hasher.start();
      piece.resize(hashed_bytes_a_step);
    }
    AVOW_TRY(const std::size_t more, bytes->read(piece));
    hasher.add(ByteView(piece).first(more));
    hashed += more;
    if (hashed < facts.bytes) return {};
    return finish();
  }

  Result<void> finish() {
    Bytes trailer = trailer_of(facts);
    hasher.add(trailer);
    facts.checksum = hasher.finish();
    append(trailer, facts.checksum);
    AVOW_TRY_VOID(bytes->write(trailer));
    AVOW_TRY_VOID(bytes->flush());
    AVOW_TRY_VOID(publish_file(part, file));
    is_done = true;
    return {};
  }
};

BackupJob::BackupJob(std::unique_ptr<State> state) : state_(std::move(state)) {}
BackupJob::~BackupJob() = default;

Result<std::unique_ptr<BackupJob>> BackupJob::begin(const SqliteConnection& database,
                                                    const std::string& file,
                                                    std::uint64_t spare_bytes) {
  AVOW_TRY_VOID(check_name(database, file));
  AVOW_TRY_VOID(check_absent(file));
  const std::string part = file + ".part";
  AVOW_TRY_VOID(check_absent(part));
  AVOW_TRY_VOID(check_absent(wal_of(part)));
  AVOW_TRY_VOID(check_room(database, file, spare_bytes));
  // Closed again before SQLite opens it: only its owner is to read it.
  AVOW_TRY_VOID(PlainFile::open(part, O_RDWR | O_CREAT | O_EXCL));
  auto state = std::make_unique<State>();
  state->file = file;
  state->part = part;
  AVOW_TRY(SqliteConnection target, SqliteConnection::open(part, SQLITE_OPEN_READWRITE, ""));
  state->target.emplace(std::move(target));
  AVOW_TRY_VOID(restrict(*state->target));
  // It is deleted if anything fails, and flushed as a whole at the end.
  AVOW_TRY_VOID(state->target->run("PRAGMA synchronous = OFF"));
  state->copying.reset(sqlite3_backup_init(&state->target->raw(), "main", &database.raw(), "main"));
  if (!state->copying) {
    const int code = sqlite3_extended_errcode(&state->target->raw());
    return state->target->error(code, "Beginning the backup");
  }
  return std::unique_ptr<BackupJob>(new BackupJob(std::move(state)));
}

Result<bool> BackupJob::step() {
  if (state_->copying) {
    AVOW_TRY_VOID(state_->copy());
  } else if (!state_->is_done) {
    AVOW_TRY_VOID(state_->hash());
  }
  return state_->is_done;
}

BackupProgress BackupJob::progress() const {
  return {.bytes = state_->copied + state_->hashed, .of = 2 * state_->facts.bytes};
}

const BackupFacts& BackupJob::facts() const {
  AVOW_CHECK(state_->is_done);
  return state_->facts;
}

// ---- reading one
// ---------------------------------------------------------------------------------

Result<BackupFacts> read_backup_trailer(const std::string& file) {
  AVOW_TRY(PlainFile opened, PlainFile::open(file, O_RDONLY));
  AVOW_TRY(const std::uint64_t size, opened.size());
  if (size < backup_trailer_bytes) return invalid(file, "it is too short");
  AVOW_TRY_VOID(opened.seek(size - backup_trailer_bytes));
  std::array<std::uint8_t, backup_trailer_bytes> trailer{};
  AVOW_TRY(const std::size_t got, opened.read(trailer));
  if (got < trailer.size() || !equal(ByteView(trailer).first(8), bytes_of(magic))) {
    return invalid(file, "it does not end as a backup does");
  }
  BackupFacts facts;
  facts.bytes = number_at(trailer, 8);
  facts.epoch = number_at(trailer, 16);
  facts.head = number_at(trailer, 24);
  std::copy_n(trailer.begin() + hashed_trailer_bytes, facts.checksum.size(),
              facts.checksum.begin());
  if (facts.bytes != size - backup_trailer_bytes) return invalid(file, "its length is wrong");
  return facts;
}

Result<BackupFacts> check_backup_bytes(const std::string& file) {
  AVOW_TRY(const BackupFacts facts, read_backup_trailer(file));
  AVOW_TRY(PlainFile opened, PlainFile::open(file, O_RDONLY));
  Hasher hasher;
  Bytes piece(hashed_bytes_a_step);
  for (std::uint64_t left = facts.bytes + hashed_trailer_bytes; left > 0;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    AVOW_TRY(const std::size_t got, opened.read(std::span(piece).first(wanted)));
    if (got == 0) return invalid(file, "it became shorter while it was read");
    hasher.add(ByteView(piece).first(got));
    left -= got;
  }
  if (hasher.finish() != facts.checksum) return invalid(file, "its checksum is another");
  return facts;
}

}  // namespace avow::server
