#include "server/engine/recovery.hpp"

#include <string>
#include <utility>

#include "avow/wire/preserves.hpp"
#include "server/engine/keeper/commit_answer.hpp"
#include "server/engine/keeper/keeper.hpp"

namespace avow::server {
namespace {

constexpr std::size_t rows_of_turn = 1'024;
constexpr std::size_t id_bytes = 8;

Error corrupt(const char* what) {
  return {"corrupt", std::string("A stored row is not as this server writes them: ") + what +
                         ". Restore a backup, or ask `avowd --check` where."};
}

Result<Value> read_value(ByteView bytes) {
  const wire::CanonicalExtent extent = wire::canonical_extent(bytes);
  if (extent.end != bytes.data() + bytes.size() || extent.holds_references) {
    return corrupt("a value is not canonical Preserves without references");
  }
  return Value::from_canonical(bytes, false);
}

Result<std::uint64_t> read_number(ByteView bytes, std::size_t at) {
  if (bytes.size() < at + id_bytes) return corrupt("a number has fewer than 8 bytes");
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes.subspan(at, id_bytes)) number = number << 8 | byte;
  return number;
}

Result<Milliseconds> read_span(ByteView bytes, std::size_t at) {
  AVOW_TRY(const std::uint64_t count, read_number(bytes, at));
  constexpr std::uint64_t count_max = std::uint64_t{1} << 40;  // 34 years.
  if (count > count_max) return corrupt("a lease is longer than any");
  return Milliseconds{static_cast<std::int64_t>(count)};
}

}  // namespace

void Recovery::space(std::uint32_t index, std::string_view name, std::uint64_t /*revision*/) {
  Reference& reference = spaces_.resolve(name, references_, subscriptions_);
  Space& space = *reference.entity->as_space();
  if (by_index_.size() <= index) by_index_.resize(index + 1);
  (void)keepers_.of(space);
  by_index_[index] = space.keeper();
}

Result<void> Recovery::row(const StoredRow& stored) {
  Row row;
  row.kind = stored.kind;
  if (stored.space >= by_index_.size() || by_index_[stored.space] == nullptr) {
    return corrupt("its space is not there");
  }
  row.keeper = by_index_[stored.space];
  AVOW_TRY_VOID(read(stored, row));
  std::vector<Row>& to = row.kind == StoredKind::lease_fact ? lease_facts_ : rows_;
  to.push_back(std::move(row));
  if (rows_.size() >= rows_of_turn) put_all(rows_);
  return {};
}

Result<void> Recovery::read(const StoredRow& stored, Row& row) {
  switch (stored.kind) {
    case StoredKind::fact: {
      AVOW_TRY(row.value, read_value(stored.key));
      return {};
    }
    case StoredKind::slot: {
      AVOW_TRY(row.key, read_value(stored.key));
      AVOW_TRY(row.value, read_value(stored.value));
      return {};
    }
    case StoredKind::item: {
      AVOW_TRY(row.id, read_number(stored.key, 0));
      AVOW_TRY(row.value, read_value(stored.value));
      return {};
    }
    case StoredKind::lease: {
      AVOW_TRY(row.id, read_number(stored.key, 0));
      AVOW_TRY(row.ttl, read_span(stored.value, 0));
      AVOW_TRY(row.left, read_span(stored.value, id_bytes));
      return {};
    }
    case StoredKind::lease_fact: {
      AVOW_TRY(row.id, read_number(stored.key, 0));
      AVOW_TRY(row.value, read_value(stored.key.subspan(id_bytes)));
      return {};
    }
    case StoredKind::last_turn: {
      AVOW_TRY(row.id, read_number(stored.key, 0));
      AVOW_TRY(row.value, read_value(stored.value));
      return {};
    }
  }
  return corrupt("its kind is not known");
}

void Recovery::put_all(std::vector<Row>& rows) {
  if (rows.empty()) return;
  run_turn_([&](TurnRun& run) {
    for (const Row& row : rows) put(run, row);
  });
  rows.clear();
}

void Recovery::put(TurnRun& run, const Row& row) {
  Kept& kept = row.keeper->kept();
  switch (row.kind) {
    case StoredKind::fact:
      (void)kept.put(run, row.value);
      break;
    case StoredKind::slot:
      (void)kept.set_slot(run, row.key, row.value);
      break;
    case StoredKind::item:
      kept.add_item(run, row.id, row.value);
      break;
    case StoredKind::lease:
      row.keeper->recover_lease(run, row.id, row.ttl, row.left);
      break;
    case StoredKind::lease_fact:
      (void)kept.attach(run, row.id, row.value);
      break;
    case StoredKind::last_turn:
      if (!row.keeper->recover_last_turn(run, row.id, row.value)) {
        corrupt_ = "a last turn cannot be read";
      }
      break;
  }
  row.keeper->hold_itself();
}

void Recovery::outcome(const StoredOutcome& stored) {
  Outcome outcome{stored.kind, stored.seq, 0, stored.wall_ms};
  if (stored.kind == StoredOutcome::Kind::committed) {
    Result<Value> answer = read_value(stored.answer);
    if (!answer) corrupt_ = "the answer of a turn is not canonical Preserves";
    if (!answer) return;
    outcome.answer = std::move(answer).value();
    outcome.revision = revision_of(outcome.answer);
  }
  keepers_.outcomes().add(stored.identity, std::move(outcome));
}

void Recovery::progress(std::uint64_t rows, std::uint64_t of) {
  if (progress_) progress_(rows, of);
}

Result<void> Recovery::finish() {
  put_all(rows_);
  for (const Row& row : lease_facts_) {
    if (row.keeper->kept().find_lease(row.id) == nullptr) {
      return corrupt("the lease of a fact is not there");
    }
  }
  put_all(lease_facts_);
  if (corrupt_ != nullptr) return corrupt(corrupt_);
  return {};
}

}  // namespace avow::server
