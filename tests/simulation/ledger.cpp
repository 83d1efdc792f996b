#include "tests/simulation/ledger.hpp"

#include <algorithm>

#include "avow/model/text.hpp"
#include "tests/simulation/truth.hpp"

namespace avow::simulation {
namespace {

using OpKind = KeeperOp::Kind;
using server::StoredChange;

constexpr std::size_t id_bytes = 8;

std::string space_name(std::size_t space) { return space == 0 ? "main" : "annex"; }

std::string text(ByteView bytes) { return std::string(text_of(bytes)); }
std::string text(const Value& value) { return text(value.bytes()); }

std::string text_of_id(std::uint64_t id) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(id >> shift);
  return bytes;
}

std::uint64_t number_at(ByteView bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes.subspan(at, id_bytes)) number = number << 8 | byte;
  return number;
}

Milliseconds span_at(ByteView bytes, std::size_t at) {
  return Milliseconds(static_cast<std::int64_t>(number_at(bytes, at)));
}

}  // namespace

void Ledger::fail(const std::string& what) {
  if (wrong_.empty()) wrong_ = what;
}

std::string Ledger::apply(const server::JournalTurn& turn) {
  const auto is_lease = [](const StoredChange& change, StoredChange::Act act) {
    return change.kind == StoredKind::lease && change.act == act;
  };
  for (const StoredChange& change : turn.changes) {
    const std::size_t space = turn.spaces.at(change.space).name == "main" ? 0 : 1;
    if (is_lease(change, StoredChange::Act::put)) write_lease(space, change);
  }
  for (const server::StoredOutcome& outcome : turn.outcomes) take_outcome(outcome);
  for (const StoredChange& change : turn.changes) {
    if (is_lease(change, StoredChange::Act::erase)) expire(change);
  }
  return wrong_;
}

// ---- leases ---------------------------------------------------------------------------------

void Ledger::write_lease(std::size_t space, const StoredChange& change) {
  const std::uint64_t id = number_at(change.key, 0);
  const Milliseconds left = span_at(change.value, id_bytes);
  const auto known = leases_.find(id);
  if (known == leases_.end()) {
    const Milliseconds ttl = span_at(change.value, 0);
    if (left != ttl) fail("a lease begins with less than its ttl");
    leases_[id] = {.ttl = ttl, .span = ttl, .written = ttl, .written_at = now_};
    (void)put_row({space_name(space), StoredKind::lease, text_of_id(id)}, "");
    return;
  }
  Lease& lease = known->second;
  const Milliseconds truly =
      lease.end ? std::chrono::ceil<Milliseconds>(*lease.end - now_) : lease.span;
  if (watches_clock_ && left != truly) {
    fail("a lease with " + std::to_string(truly.count()) + " ms left is written down with " +
         std::to_string(left.count()));
  }
  lease.written = left;
  lease.written_at = now_;
}

// It was no client who ended it, or it would be gone by now.
void Ledger::expire(const StoredChange& change) {
  const auto lease = leases_.find(number_at(change.key, 0));
  if (lease == leases_.end()) return;
  const bool is_over = lease->second.end && *lease->second.end <= now_;
  if (watches_clock_ && !is_over) fail("a lease ends early");
  remove_lease(lease->first);
}

void Ledger::remove_lease(std::uint64_t id) {
  leases_.erase(id);
  const std::string name = text_of_id(id);
  std::erase_if(rows_, [&](const auto& row) {
    const auto& [space, kind, key] = row.first;
    const bool is_of_lease = kind == StoredKind::lease || kind == StoredKind::lease_fact;
    return is_of_lease && key.starts_with(name);
  });
}

void Ledger::time_comes(Moment now) {
  now_ = now;
  for (auto& [id, lease] : leases_) {
    if (!lease.end) lease.end = now + lease.span;
    if (!lease.written_at) lease.written_at = now;
  }
}

std::string Ledger::time_came(Moment now) const {
  for (const auto& [id, lease] : leases_) {
    if (lease.end && *lease.end <= now) return "a lease ends late";
    if (*lease.written_at + lease.ttl / 4 <= now) return "what is left of a lease is not written";
  }
  return {};
}

void Ledger::go_on() {
  for (auto& [id, lease] : leases_) {
    lease.span = std::max(lease.written, lease.ttl / 4);
    lease.end.reset();
    lease.written_at.reset();
  }
}

// ---- commits --------------------------------------------------------------------------------

void Ledger::take_outcome(const server::StoredOutcome& outcome) {
  const TurnName name = name_of(outcome.identity);
  const auto sent = sent_->find(name);
  if (sent == sent_->end()) return fail("a turn is written down that nobody sent");
  if (answers_.contains(name) || impossible_.contains(name)) return fail("a turn is done twice");
  if (outcome.kind == server::StoredOutcome::Kind::impossible) {
    impossible_.insert(name);
    return;
  }
  const Value answer = Value::from_canonical(outcome.answer);
  answers_[name] = answer;
  const Commit& commit = sent->second;
  const std::optional<ValueView> results = answer.view().element(0)->entry("results");
  if (!results || results->element_count() != commit.ops.size()) {
    return fail("a commit is answered " + to_text(answer));
  }
  check_guards(commit);
  for (std::size_t i = 0; i < commit.ops.size(); ++i) {
    apply_op(commit, commit.ops[i], *results->element(i));
  }
}

void Ledger::check_guards(const Commit& commit) {
  if (commit.require.empty() && commit.absent.empty()) return;
  const std::vector<Value> there = facts(commit.space);
  const auto is_there = [&](const Value& fact) {
    return std::find(there.begin(), there.end(), fact) != there.end();
  };
  for (const Value& fact : commit.require) {
    if (!is_there(fact)) fail("a commit is done without " + to_text(fact) + ", which it requires");
  }
  for (const Value& fact : commit.absent) {
    if (is_there(fact)) fail("a commit is done in spite of " + to_text(fact));
  }
}

bool Ledger::put_row(RowKey key, std::string value) {
  const auto [row, is_new] = rows_.try_emplace(std::move(key), value);
  if (is_new || row->second != value) {
    row->second = std::move(value);
    return true;
  }
  return false;
}

void Ledger::apply_op(const Commit& commit, const KeeperOp& op, ValueView result) {
  const std::string space = space_name(commit.space);
  const auto expect = [&](bool is_right) {
    if (!is_right) fail("an operation is answered " + to_text(Value(result)));
  };
  const auto flag = [&](bool changed) { expect(result.as_boolean() == changed); };
  switch (op.kind) {
    case OpKind::put:
      return flag(put_row({space, StoredKind::fact, text(op.value)}, ""));
    case OpKind::drop:
      return flag(erase_row({space, StoredKind::fact, text(op.value)}));
    case OpKind::slot:
      return flag(put_row({space, StoredKind::slot, text(op.key)}, text(op.value)));
    case OpKind::clear_slot:
      return flag(erase_row({space, StoredKind::slot, text(op.key)}));
    case OpKind::lease_to:
      expect(rows_.contains({space, StoredKind::lease, text_of_id(op.id)}));
      return flag(put_row({space, StoredKind::lease_fact, text_of_id(op.id) + text(op.value)}, ""));
    case OpKind::renew:
      flag(leases_.contains(op.id));
      leases_[op.id].span = leases_[op.id].ttl;
      leases_[op.id].end.reset();
      return;
    case OpKind::end:
      flag(leases_.contains(op.id));
      return remove_lease(op.id);
    case OpKind::item: {
      const auto id = result.as_uint64().value_or(0);
      return expect(put_row({space, StoredKind::item, text_of_id(id)}, text(op.value)));
    }
    case OpKind::take:
    case OpKind::take_any:
      return apply_take(commit, op, result);
    case OpKind::ack:
      return flag(erase_row({space, StoredKind::item, text_of_id(op.id)}));
  }
}

void Ledger::apply_take(const Commit& commit, const KeeperOp& op, ValueView result) {
  const std::optional<ValueView> id = result.entry("id");
  const std::optional<ValueView> value = result.entry("value");
  if (!id || !id->as_uint64() || !value) return fail("a take is answered without an item");
  const RowKey key{space_name(commit.space), StoredKind::item, text_of_id(*id->as_uint64())};
  const auto row = rows_.find(key);
  if (row == rows_.end() || row->second != text(value->bytes())) {
    return fail("an item is taken that is not there");
  }
  if (op.kind == OpKind::take && op.value != Value(*value))
    fail("an item is taken that is another");
  if (commit.consumes) rows_.erase(row);
}

const Value* Ledger::answer(const TurnName& name) const {
  const auto found = answers_.find(name);
  return found == answers_.end() ? nullptr : &found->second;
}

// ---- what there is --------------------------------------------------------------------------

std::vector<Value> Ledger::facts(std::size_t space) const {
  std::set<std::string> distinct;
  for (const auto& [row, value] : rows_) {
    const auto& [name, kind, key] = row;
    if (name != space_name(space)) continue;
    if (kind == StoredKind::fact) distinct.insert(key);
    if (kind == StoredKind::slot) distinct.insert(value);
    if (kind == StoredKind::lease_fact) distinct.insert(key.substr(id_bytes));
  }
  std::vector<Value> all;
  all.reserve(distinct.size());
  for (const std::string& bytes : distinct) all.push_back(Value::from_canonical(bytes_of(bytes)));
  sort_values(all);
  return all;
}

std::size_t Ledger::item_count(std::size_t space) const {
  const auto is_item = [&](const auto& row) {
    return std::get<0>(row.first) == space_name(space) &&
           std::get<1>(row.first) == StoredKind::item;
  };
  return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), is_item));
}

std::string Ledger::difference(const test::StoredState& stored) const {
  if (rows_.size() != stored.rows.size()) {
    return std::to_string(stored.rows.size()) + " rows are written down instead of " +
           std::to_string(rows_.size());
  }
  for (const auto& [key, value] : rows_) {
    const auto row = stored.rows.find(key);
    if (row == stored.rows.end()) return "a row is not written down";
    const bool is_lease = std::get<1>(key) == StoredKind::lease;
    if (!is_lease && row->second != value) return "a row is written down with another value";
  }
  return {};
}

}  // namespace avow::simulation
