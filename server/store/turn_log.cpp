#include "server/store/turn_log.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "server/store/corrupt.hpp"
#include "server/store/turn_record.hpp"

namespace avow::server {

namespace {

// Whether `part` is all that `history` says of the log.
bool is_whole(const LogPart& part, const History& history) {
  return part.rows == history.log_rows && part.bytes == history.log_bytes &&
         part.chain == history.chain && (part.rows == 0 || part.head == history.head);
}

}  // namespace

Result<TurnLog> TurnLog::prepare(const SqliteConnection& database, const JournalOptions& options) {
  TurnLog log;
  sqlite3& db = database.raw();
  log.turns_max_ = options.log_turns_max;
  log.bytes_max_ = options.log_bytes_max;
  AVOW_TRY(log.select_, Statement::prepare(
                            db, "SELECT seq, record, chain FROM log WHERE seq <= ? ORDER BY seq"));
  AVOW_TRY(log.select_tail_,
           Statement::prepare(db, "SELECT seq, record, chain FROM log WHERE seq > ? ORDER BY seq"));
  AVOW_TRY(log.insert_,
           Statement::prepare(db, "INSERT INTO log (seq, record, chain) VALUES (?, ?, ?)"));
  AVOW_TRY(log.oldest_,
           Statement::prepare(db, "SELECT seq, length(record), chain FROM log ORDER BY seq"));
  AVOW_TRY(log.erase_, Statement::prepare(db, "DELETE FROM log WHERE seq <= ?"));
  return log;
}

Result<void> TurnLog::recover(const History& history, const Visitor& each) {
  LogPart applied{.chain = history.base};
  AVOW_TRY_VOID(walk(select_.bind(history.head), applied, each));
  if (!is_whole(applied, history)) return corrupt("turns of the log are missing");
  return find_tail(history, each);
}

Result<void> TurnLog::find_tail(const History& history, const Visitor& each) {
  tail_ = {.head = history.head, .chain = history.chain};
  AVOW_TRY_VOID(walk(select_tail_.bind(history.head), tail_, each));
  const bool may_be = tail_.rows == 0 || (!history.closed_at && tail_.head <= history.through);
  if (!may_be) return corrupt("the log has turns that never were");
  keep();
  return {};
}

// A damaged tree that leads in circles breaks the chain.
Result<void> TurnLog::walk(Statement& rows, LogPart& part, const Visitor& each) {
  for (;;) {
    AVOW_TRY(const bool more, rows.step());
    if (!more) return {};
    const std::uint64_t seq = rows.number(0);
    const ByteView record = rows.bytes(1);
    part.chain = hasher_.link(part.chain, seq, record);
    if (!equal(part.chain, rows.bytes(2))) return corrupt("the chain of the log is broken");
    if (floor_ == 0) floor_ = seq;
    part.head = seq;
    ++part.rows;
    part.bytes += record.size();
    if (each) AVOW_TRY_VOID(each(seq, record));
  }
}

Result<void> TurnLog::append(const JournalTurn& turn, const History& history) {
  AVOW_CHECK(turn.seq > tail_.head && turn.seq <= history.through);
  write_turn_record(record_, turn);
  tail_.chain = hasher_.link(tail_.chain, turn.seq, record_);
  tail_.head = turn.seq;
  ++tail_.rows;
  tail_.bytes += record_.size();
  if (floor_ == 0) floor_ = turn.seq;
  return insert_.bind(turn.seq).bind(ByteView(record_)).bind(ByteView(tail_.chain)).run();
}

Result<void> TurnLog::read_tail(const History& history,
                                const std::function<Result<void>(JournalTurn&&)>& each) {
  select_tail_.bind(history.head);
  for (;;) {
    AVOW_TRY(const bool more, select_tail_.step());
    if (!more) return {};
    AVOW_TRY(JournalTurn turn, read_logged_turn(select_tail_.number(0), select_tail_.bytes(1)));
    AVOW_TRY_VOID(each(std::move(turn)));
  }
}

void TurnLog::apply(const LogPart& part, History& history) {
  AVOW_CHECK(part.rows <= tail_.rows && part.bytes <= tail_.bytes);
  history.head = part.head;
  history.chain = part.chain;
  history.log_rows += part.rows;
  history.log_bytes += part.bytes;
  tail_.rows -= part.rows;
  tail_.bytes -= part.bytes;
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
  floor_ = more ? oldest_.number(0) : 0;
  oldest_.reset();
  return erase_.bind(last).run();
}

void TurnLog::keep() {
  kept_tail_ = tail_;
  kept_floor_ = floor_;
}

void TurnLog::undo() {
  select_tail_.reset();
  oldest_.reset();
  tail_ = kept_tail_;
  floor_ = kept_floor_;
}

}  // namespace avow::server
