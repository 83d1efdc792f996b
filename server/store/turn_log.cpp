#include "server/store/turn_log.hpp"

#include <algorithm>

#include "avow/base/check.hpp"
#include "server/store/corrupt.hpp"
#include "server/store/turn_record.hpp"

namespace avow::server {

Result<TurnLog> TurnLog::prepare(const SqliteConnection& database, const JournalOptions& options) {
  TurnLog log;
  sqlite3& db = database.raw();
  log.turns_max_ = options.log_turns_max;
  log.bytes_max_ = options.log_bytes_max;
  AVOW_TRY(log.select_, Statement::prepare(db, "SELECT seq, record, chain FROM log ORDER BY seq"));
  AVOW_TRY(log.insert_,
           Statement::prepare(db, "INSERT INTO log (seq, record, chain) VALUES (?, ?, ?)"));
  AVOW_TRY(log.oldest_,
           Statement::prepare(db, "SELECT seq, length(record), chain FROM log ORDER BY seq"));
  AVOW_TRY(log.erase_, Statement::prepare(db, "DELETE FROM log WHERE seq <= ?"));
  return log;
}

Result<void> TurnLog::recover(const History& history) {
  return read(history, [](std::uint64_t, ByteView) { return Result<void>(); });
}

Result<void> TurnLog::read(const History& history,
                           const std::function<Result<void>(std::uint64_t, ByteView)>& each) {
  ChainHash chain = history.base;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t last = 0;
  for (;;) {
    AVOW_TRY(const bool more, select_.step());
    if (!more) break;
    if (rows == history.log_rows) return corrupt("the log has too many turns");
    last = select_.number(0);
    const ByteView record = select_.bytes(1);
    chain = hasher_.link(chain, last, record);
    if (!equal(chain, select_.bytes(2))) return corrupt("the chain of the log is broken");
    if (rows++ == 0) floor_ = next_floor_ = last;
    bytes += record.size();
    AVOW_TRY_VOID(each(last, record));
  }
  const bool is_whole = rows == history.log_rows && bytes == history.log_bytes &&
                        chain == history.chain && (rows == 0 || last == history.head);
  if (!is_whole) return corrupt("turns of the log are missing");
  return {};
}

Result<void> TurnLog::append(const JournalTurn& turn, History& history) {
  AVOW_CHECK(turn.seq > history.head && turn.seq <= history.through);
  write_turn_record(record_, turn);
  history.chain = hasher_.link(history.chain, turn.seq, record_);
  history.head = turn.seq;
  ++history.log_rows;
  history.log_bytes += record_.size();
  if (next_floor_ == 0) next_floor_ = turn.seq;
  return insert_.bind(turn.seq).bind(ByteView(record_)).bind(ByteView(history.chain)).run();
}

Result<void> TurnLog::compact(std::uint64_t turns_max, History& history) {
  std::uint64_t last = 0;
  while (turns_max > 0 && is_over(history)) {
    AVOW_TRY(const bool more, oldest_.step());
    if (!more) return corrupt("the log has fewer turns than were counted");
    const ByteView chain = oldest_.bytes(2);
    if (chain.size() != history.base.size()) return corrupt("the chain of the log is broken");
    std::copy(chain.begin(), chain.end(), history.base.begin());
    last = oldest_.number(0);
    --history.log_rows;
    history.log_bytes -= oldest_.number(1);
    --turns_max;
  }
  if (last == 0) return {};
  // The first that stays.
  AVOW_TRY(const bool more, oldest_.step());
  next_floor_ = more ? oldest_.number(0) : 0;
  oldest_.reset();
  return erase_.bind(last).run();
}

}  // namespace avow::server
