#include "server/store/outcome_table.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "server/store/corrupt.hpp"

namespace avow::server {
namespace {

std::uint32_t crc_of(std::uint64_t seq, ByteView client, std::uint64_t number, std::uint64_t kind,
                     std::uint64_t wall_ms, ByteView answer) {
  RowCrc crc;
  crc.number(seq).bytes(client).number(number).number(kind).number(wall_ms).bytes(answer);
  return crc.value();
}

}  // namespace

Result<OutcomeTable> OutcomeTable::prepare(const SqliteConnection& database,
                                           const JournalOptions& options) {
  OutcomeTable table;
  sqlite3& db = database.raw();
  table.per_client_max_ = options.outcomes_per_client_max;
  table.age_max_ms_ = options.outcome_age_max_ms;
  table.kept_min_ = options.outcomes_kept_min;
  AVOW_TRY(table.select_,
           Statement::prepare(db,
                              "SELECT seq, client, number, kind, wall_ms, answer, crc "
                              "FROM outcome ORDER BY seq, client, number"));
  AVOW_TRY(table.insert_,
           Statement::prepare(db,
                              "INSERT INTO outcome "
                              "(seq, client, number, kind, wall_ms, answer, crc) "
                              "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  AVOW_TRY(table.oldest_, Statement::prepare(db,
                                             "SELECT seq, client, number, wall_ms, crc "
                                             "FROM outcome ORDER BY seq LIMIT 1"));
  AVOW_TRY(table.oldest_of_client_,
           Statement::prepare(db,
                              "SELECT seq, client, number, wall_ms, crc FROM outcome "
                              "WHERE client = ? ORDER BY seq LIMIT 1"));
  AVOW_TRY(
      table.erase_,
      Statement::prepare(db, "DELETE FROM outcome WHERE seq = ? AND client = ? AND number = ?"));
  return table;
}

Result<void> OutcomeTable::recover(const History& history, RecoverySink& sink) {
  RowSum found;
  StoredOutcome outcome;
  for (;;) {
    AVOW_TRY(const bool more, select_.step());
    if (!more) break;
    const ByteView client = select_.bytes(1);
    const std::uint64_t kind = select_.number(3);
    const ByteView answer = select_.bytes(5);
    outcome.seq = select_.number(0);
    outcome.identity.number = select_.number(2);
    outcome.wall_ms = select_.number(4);
    const std::uint32_t crc =
        crc_of(outcome.seq, client, outcome.identity.number, kind, outcome.wall_ms, answer);
    if (crc != select_.number(6) || client.size() != outcome.identity.client.size() || kind < 1 ||
        kind > 2) {
      return corrupt("a row of the table outcome has another checksum");
    }
    if (found.rows == history.outcomes.rows) return corrupt("the table outcome has too many rows");
    found.add(crc);
    std::copy(client.begin(), client.end(), outcome.identity.client.begin());
    outcome.kind = static_cast<StoredOutcome::Kind>(kind);
    outcome.answer.assign(answer.begin(), answer.end());
    ++counts_[outcome.identity.client];
    sink.outcome(outcome);
  }
  if (found != history.outcomes) return corrupt("rows of the table outcome are missing or old");
  return {};
}

Result<void> OutcomeTable::add(const StoredOutcome& outcome, std::uint64_t seq, History& history) {
  const auto kind = static_cast<std::uint64_t>(outcome.kind);
  const TurnIdentity& identity = outcome.identity;
  const std::uint32_t crc =
      crc_of(seq, identity.client, identity.number, kind, outcome.wall_ms, outcome.answer);
  insert_.bind(seq).bind(ByteView(identity.client)).bind(identity.number).bind(kind);
  insert_.bind(outcome.wall_ms).bind(ByteView(outcome.answer)).bind(std::uint64_t{crc});
  AVOW_TRY_VOID(insert_.run());
  if (insert_.changed_rows() == 0) return {};
  history.outcomes.add(crc);
  count(identity.client, 1);
  ++added_[identity.client];
  newest_ms_ = std::max(newest_ms_, outcome.wall_ms);
  return {};
}

Result<void> OutcomeTable::prune(History& history) {
  std::uint64_t all = 0;
  for (const auto& [client, added] : added_) {
    all += added;
    AVOW_TRY_VOID(prune_client(client, 2 * added, history));
  }
  return prune_old(2 * all, history);
}

// Time is what the newest outcome says: the store reads no clock, and one that was set back keeps
// outcomes for longer.
Result<void> OutcomeTable::prune_old(std::uint64_t rows_max, History& history) {
  for (; rows_max > 0 && history.outcomes.rows > kept_min_; --rows_max) {
    AVOW_TRY(const bool found, oldest_.step());
    if (!found) return {};
    if (oldest_.number(3) + age_max_ms_ >= newest_ms_) {
      oldest_.reset();
      return {};
    }
    AVOW_TRY_VOID(erase_found(oldest_, history));
    oldest_.reset();
  }
  return {};
}

Result<void> OutcomeTable::prune_client(const Client& client, std::uint64_t rows_max,
                                        History& history) {
  for (; rows_max > 0 && counts_[client] > per_client_max_; --rows_max) {
    AVOW_TRY(const bool found, oldest_of_client_.bind(ByteView(client)).step());
    if (!found) return corrupt("a client has fewer outcomes than were counted");
    AVOW_TRY_VOID(erase_found(oldest_of_client_, history));
    oldest_of_client_.reset();
  }
  return {};
}

Result<void> OutcomeTable::erase_found(const Statement& found, History& history) {
  Client client{};
  const ByteView bytes = found.bytes(1);
  if (bytes.size() != client.size()) return corrupt("a client has no 16 bytes");
  std::copy(bytes.begin(), bytes.end(), client.begin());
  history.outcomes.remove(static_cast<std::uint32_t>(found.number(4)));
  count(client, -1);
  return erase_.bind(found.number(0)).bind(ByteView(client)).bind(found.number(2)).run();
}

void OutcomeTable::count(const Client& client, std::int64_t change) {
  changes_[client] += change;
  const auto place = counts_.try_emplace(client, 0).first;
  place->second += static_cast<std::uint64_t>(change);
  if (place->second == 0) counts_.erase(place);
}

void OutcomeTable::keep() {
  changes_.clear();
  added_.clear();
  newest_ms_ = 0;
}

void OutcomeTable::undo() {
  oldest_.reset();
  oldest_of_client_.reset();
  const auto made = std::exchange(changes_, {});
  for (const auto& [client, change] : made) count(client, -change);
  keep();
}

}  // namespace avow::server
