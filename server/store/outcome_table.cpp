#include "server/store/outcome_table.hpp"

#include <algorithm>

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
  AVOW_TRY(table.select_marks_,
           Statement::prepare(
               db, "SELECT seq, client, number FROM outcome ORDER BY seq, client, number"));
  AVOW_TRY(table.insert_,
           Statement::prepare(db,
                              "INSERT INTO outcome "
                              "(seq, client, number, kind, wall_ms, answer, crc) "
                              "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  AVOW_TRY(table.oldest_,
           Statement::prepare(db, "SELECT client, wall_ms FROM outcome ORDER BY seq LIMIT 1"));
  AVOW_TRY(table.erase_,
           Statement::prepare(db,
                              "DELETE FROM outcome WHERE seq = ? AND client = ? AND number = ? "
                              "RETURNING crc"));
  return table;
}

Result<OutcomeTable::Client> OutcomeTable::client_of(ByteView bytes) {
  Client client{};
  if (bytes.size() != client.size()) return corrupt("a client has no 16 bytes");
  std::copy(bytes.begin(), bytes.end(), client.begin());
  return client;
}

Result<void> OutcomeTable::load_marks() {
  marks_.clear();
  for (;;) {
    AVOW_TRY(const bool more, select_marks_.step());
    if (!more) return {};
    AVOW_TRY(const Client client, client_of(select_marks_.bytes(1)));
    marks_[client].all.push_back(
        {.seq = select_marks_.number(0), .number = select_marks_.number(2)});
  }
}

Result<void> OutcomeTable::recover(const History& history, RecoverySink& sink) {
  RowSum found;
  StoredOutcome outcome;
  marks_.clear();
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
    if (crc != select_.number(6) || kind < 1 || kind > 2) {
      return corrupt("a row of the table outcome has another checksum");
    }
    if (found.rows == history.outcomes.rows) return corrupt("the table outcome has too many rows");
    found.add(crc);
    AVOW_TRY(outcome.identity.client, client_of(client));
    outcome.kind = static_cast<StoredOutcome::Kind>(kind);
    outcome.answer.assign(answer.begin(), answer.end());
    marks_[outcome.identity.client].all.push_back({outcome.seq, outcome.identity.number});
    sink.outcome(outcome);
  }
  if (found != history.outcomes) return corrupt("rows of the table outcome are missing or old");
  return {};
}

Result<void> OutcomeTable::add(const StoredOutcome& outcome, History& history) {
  const std::uint64_t seq = outcome.seq;
  const auto kind = static_cast<std::uint64_t>(outcome.kind);
  const TurnIdentity& identity = outcome.identity;
  const std::uint32_t crc =
      crc_of(seq, identity.client, identity.number, kind, outcome.wall_ms, outcome.answer);
  insert_.bind(seq).bind(ByteView(identity.client)).bind(identity.number).bind(kind);
  insert_.bind(outcome.wall_ms).bind(ByteView(outcome.answer)).bind(std::uint64_t{crc});
  AVOW_TRY_VOID(insert_.run());
  if (insert_.changed_rows() == 0) return {};
  history.outcomes.add(crc);
  change(identity.client).all.push_back({seq, identity.number});
  newest_ms_ = std::max(newest_ms_, outcome.wall_ms);
  return {};
}

Result<void> OutcomeTable::prune(History& history) {
  std::uint64_t all = 0;
  for (const auto& [client, before] : changed_) {
    const std::uint64_t added = marks_[client].all.size() - before.size;
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
    const bool is_too_old = oldest_.number(1) + age_max_ms_ < newest_ms_;
    AVOW_TRY(const Client client, client_of(oldest_.bytes(0)));
    oldest_.reset();
    if (!is_too_old) return {};
    AVOW_TRY_VOID(erase_oldest(client, history));
  }
  return {};
}

Result<void> OutcomeTable::prune_client(const Client& client, std::uint64_t rows_max,
                                        History& history) {
  for (; rows_max > 0 && marks_[client].count() > per_client_max_; --rows_max) {
    AVOW_TRY_VOID(erase_oldest(client, history));
  }
  return {};
}

Result<void> OutcomeTable::erase_oldest(const Client& client, History& history) {
  Marks& marks = change(client);
  if (marks.count() == 0) return corrupt("an outcome is of a client that has none");
  const Mark oldest = marks.all[marks.begin++];
  erase_.bind(oldest.seq).bind(ByteView(client)).bind(oldest.number);
  AVOW_TRY(const bool was_there, erase_.step());
  if (!was_there) return corrupt("a client has fewer outcomes than were counted");
  history.outcomes.remove(static_cast<std::uint32_t>(erase_.number(0)));
  return erase_.run();
}

OutcomeTable::Marks& OutcomeTable::change(const Client& client) {
  Marks& marks = marks_[client];
  changed_.try_emplace(client, Before{.begin = marks.begin, .size = marks.all.size()});
  return marks;
}

void OutcomeTable::keep() {
  for (const auto& [client, before] : changed_) {
    const auto place = marks_.find(client);
    Marks& marks = place->second;
    if (marks.count() == 0) {
      marks_.erase(place);
    } else if (marks.begin > marks.count()) {
      marks.all.erase(marks.all.begin(),
                      marks.all.begin() + static_cast<std::ptrdiff_t>(marks.begin));
      marks.begin = 0;
    }
  }
  changed_.clear();
  newest_ms_ = 0;
}

void OutcomeTable::undo() {
  oldest_.reset();
  erase_.reset();
  for (const auto& [client, before] : changed_) {
    Marks& marks = marks_[client];
    marks.begin = before.begin;
    marks.all.resize(before.size);
  }
  keep();
}

}  // namespace avow::server
