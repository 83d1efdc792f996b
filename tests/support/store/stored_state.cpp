#include "tests/support/store/stored_state.hpp"

#include <set>

namespace avow::test {
namespace {

std::string text(ByteView bytes) { return std::string(text_of(bytes)); }
Bytes copy(std::string_view text) {
  const ByteView bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

StoredState::OutcomeKey key_of(const server::StoredOutcome& outcome, std::uint64_t seq) {
  return {seq, text(outcome.identity.client), outcome.identity.number};
}

}  // namespace

void StoredState::apply(const server::JournalTurn& turn) {
  for (const server::StoredChange& change : turn.changes) {
    const auto& at = turn.spaces[change.space];
    const RowKey key(at.name, change.kind, text(change.key));
    if (change.act == server::StoredChange::Act::put) {
      rows[key] = text(change.value);
    } else {
      rows.erase(key);
    }
    revisions[at.name] = at.revision;
  }
  std::set<std::string> filled;
  for (const auto& [key, value] : rows) filled.insert(std::get<0>(key));
  std::erase_if(revisions, [&](const auto& entry) { return !filled.contains(entry.first); });
  for (const auto& outcome : turn.outcomes) {
    outcomes.try_emplace(key_of(outcome, turn.seq), text(outcome.answer));
  }
}

std::string StoredState::difference(const StoredState& other) const {
  for (const auto& [key, value] : rows) {
    const auto found = other.rows.find(key);
    if (found == other.rows.end()) return "only the first has row " + std::get<2>(key);
    if (found->second != value) return "another value of row " + std::get<2>(key);
  }
  for (const auto& [key, value] : other.rows) {
    if (!rows.contains(key)) return "only the second has row " + std::get<2>(key);
  }
  if (revisions != other.revisions) return "other revisions";
  if (outcomes != other.outcomes) return "other outcomes";
  return {};
}

void StateSink::space(std::uint32_t index, std::string_view name, std::uint64_t revision) {
  names_[index] = name;
  state.revisions[std::string(name)] = revision;
}

Result<void> StateSink::row(const server::StoredRow& row) {
  state.rows[{names_.at(row.space), row.kind, text(row.key)}] = text(row.value);
  return {};
}

void StateSink::outcome(const server::StoredOutcome& outcome) {
  state.outcomes[key_of(outcome, outcome.seq)] = text(outcome.answer);
}

void StateSink::progress(std::uint64_t rows, std::uint64_t) {
  last_progress = rows;
  ++reports;
}

server::JournalTurn put_turn(std::uint64_t seq, std::string_view space, server::StoredKind kind,
                             std::string_view key, std::string_view value) {
  server::JournalTurn turn;
  turn.seq = seq;
  turn.spaces.push_back({.name = std::string(space), .revision = seq});
  turn.changes.push_back({.act = server::StoredChange::Act::put,
                          .kind = kind,
                          .space = 0,
                          .key = copy(key),
                          .value = copy(value)});
  return turn;
}

server::JournalTurn erase_turn(std::uint64_t seq, std::string_view space, server::StoredKind kind,
                               std::string_view key) {
  server::JournalTurn turn = put_turn(seq, space, kind, key);
  turn.changes[0].act = server::StoredChange::Act::erase;
  return turn;
}

server::StoredOutcome outcome_of(std::uint8_t client, std::uint64_t number, std::uint64_t wall_ms,
                                 std::string_view answer) {
  server::StoredOutcome outcome;
  outcome.kind = server::StoredOutcome::Kind::committed;
  outcome.identity.client[0] = client;
  outcome.identity.number = number;
  outcome.wall_ms = wall_ms;
  outcome.answer = copy(answer);
  return outcome;
}

}  // namespace avow::test
