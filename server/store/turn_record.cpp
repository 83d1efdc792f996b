#include "server/store/turn_record.hpp"

#include <algorithm>
#include <capnp/serialize.h>
#include <cstring>
#include <kj/exception.h>
#include <store.capnp.h>
#include <utility>

#include "avow/wire/native_frame.hpp"
#include "server/store/corrupt.hpp"

namespace avow::server {
namespace {

constexpr std::size_t fixed_words = 16;
constexpr std::size_t space_words = 3;
constexpr std::size_t change_words = 4;
constexpr std::size_t outcome_words = 7;
// One segment holds 2^29 words at most; what does not fit goes into a second one.
constexpr std::size_t segment_words_max = std::size_t{1} << 28;

constexpr std::size_t words_of(std::size_t bytes) { return bytes / 8 + 1; }

std::size_t expected_words(const JournalTurn& turn) {
  std::size_t words = fixed_words;
  for (const auto& space : turn.spaces) words += space_words + words_of(space.name.size());
  for (const StoredChange& change : turn.changes) {
    words += change_words + words_of(change.key.size()) + words_of(change.value.size());
  }
  for (const StoredOutcome& outcome : turn.outcomes) {
    words += outcome_words + words_of(outcome.answer.size());
  }
  return std::min(words, segment_words_max);
}

capnp::Data::Reader data_of(ByteView bytes) { return {bytes.data(), bytes.size()}; }
Bytes copy_of(capnp::Data::Reader data) { return {data.begin(), data.end()}; }

void write_spaces(schema::StoredTurn::Builder to, const JournalTurn& turn) {
  auto list = to.initSpaces(static_cast<capnp::uint>(turn.spaces.size()));
  capnp::uint i = 0;
  for (const auto& space : turn.spaces) {
    auto written = list[i++];
    written.setName(data_of(bytes_of(space.name)));
    written.setRevision(space.revision);
  }
}

void write_changes(schema::StoredTurn::Builder to, const JournalTurn& turn) {
  auto list = to.initChanges(static_cast<capnp::uint>(turn.changes.size()));
  capnp::uint i = 0;
  for (const StoredChange& change : turn.changes) {
    auto written = list[i++];
    written.setAct(static_cast<schema::Act>(change.act));
    written.setKind(static_cast<std::uint16_t>(change.kind));
    written.setSpace(change.space);
    written.setKey(data_of(change.key));
    if (!change.value.empty()) written.setValue(data_of(change.value));
  }
}

void write_outcomes(schema::StoredTurn::Builder to, const JournalTurn& turn) {
  auto list = to.initOutcomes(static_cast<capnp::uint>(turn.outcomes.size()));
  capnp::uint i = 0;
  for (const StoredOutcome& outcome : turn.outcomes) {
    auto written = list[i++];
    written.setKind(static_cast<schema::OutcomeKind>(outcome.kind));
    written.setClient(data_of(outcome.identity.client));
    written.setNumber(outcome.identity.number);
    written.setWallMs(outcome.wall_ms);
    if (!outcome.answer.empty()) written.setAnswer(data_of(outcome.answer));
  }
}

Error broken(std::string what) {
  return {"store-corrupt", "A record of the log is no turn: " + std::move(what)};
}

Result<StoredChange> read_change(schema::Change::Reader from, std::size_t spaces) {
  const auto act = static_cast<std::uint16_t>(from.getAct());
  const std::uint16_t kind = from.getKind();
  if (act < 1 || act > 2) return broken("an act is unknown.");
  if (kind < 1 || kind > stored_kind_max) return broken("a kind is unknown.");
  if (from.getSpace() >= spaces) return broken("a change is in no space of it.");
  return StoredChange{.act = static_cast<StoredChange::Act>(act),
                      .kind = static_cast<StoredKind>(kind),
                      .space = from.getSpace(),
                      .key = copy_of(from.getKey()),
                      .value = copy_of(from.getValue())};
}

Result<StoredOutcome> read_outcome(schema::Outcome::Reader from, std::uint64_t seq) {
  const auto kind = static_cast<std::uint16_t>(from.getKind());
  if (kind < 1 || kind > 2) return broken("an outcome is of no known kind.");
  const auto client = from.getClient();
  StoredOutcome outcome{.kind = static_cast<StoredOutcome::Kind>(kind),
                        .identity = {.client = {}, .number = from.getNumber()},
                        .seq = seq,
                        .wall_ms = from.getWallMs(),
                        .answer = copy_of(from.getAnswer())};
  if (client.size() != outcome.identity.client.size()) return broken("a client has no 16 bytes.");
  std::copy(client.begin(), client.end(), outcome.identity.client.begin());
  return outcome;
}

Result<JournalTurn> read_turn(schema::StoredTurn::Reader from) {
  JournalTurn turn;
  turn.seq = from.getSeq();
  for (const auto space : from.getSpaces()) {
    const auto name = space.getName();
    turn.spaces.push_back({.name = std::string(text_of({name.begin(), name.size()})),
                           .revision = space.getRevision()});
  }
  for (const auto change : from.getChanges()) {
    AVOW_TRY(StoredChange read, read_change(change, turn.spaces.size()));
    turn.changes.push_back(std::move(read));
  }
  for (const auto outcome : from.getOutcomes()) {
    AVOW_TRY(StoredOutcome read, read_outcome(outcome, turn.seq));
    turn.outcomes.push_back(std::move(read));
  }
  return turn;
}

}  // namespace

void write_turn_record(Bytes& record, const JournalTurn& turn) {
  capnp::MallocMessageBuilder message(static_cast<capnp::uint>(expected_words(turn)));
  auto root = message.initRoot<schema::StoredTurn>();
  root.setSeq(turn.seq);
  if (!turn.spaces.empty()) write_spaces(root, turn);
  if (!turn.changes.empty()) write_changes(root, turn);
  if (!turn.outcomes.empty()) write_outcomes(root, turn);
  record.clear();
  wire::native::append_segments(record, message);
}

Result<JournalTurn> read_turn_record(ByteView record) {
  const auto measured = wire::native::first_message(record, {});
  if (!measured) return broken(measured.error().detail);
  const auto extent = *measured;
  if (extent.words * 8 != record.size()) return broken("its length is not that of its segments.");
  // What SQLite hands out lies anywhere; words must lie at multiples of 8.
  std::vector<capnp::word> words(extent.words);
  std::memcpy(words.data(), record.data(), record.size());
  try {
    capnp::FlatArrayMessageReader message({words.data(), words.size()},
                                          wire::native::reader_options(extent.words));
    return read_turn(message.getRoot<schema::StoredTurn>());
  } catch (const kj::Exception& e) {
    return broken(std::string(e.getDescription().cStr()) + ".");
  }
}

Result<JournalTurn> read_logged_turn(std::uint64_t seq, ByteView record) {
  AVOW_TRY(JournalTurn turn, read_turn_record(record));
  if (turn.seq != seq) return corrupt("a record of the log is of another turn");
  return turn;
}

}  // namespace avow::server
