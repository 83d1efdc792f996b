#include "server/engine/keeper/kept.hpp"

#include <array>
#include <boost/endian/conversion.hpp>
#include <utility>

#include "avow/model/builder.hpp"
#include "server/engine/turn_journal.hpp"

namespace avow::server {
namespace {

Bytes bytes_of_value(ValueView value) {
  const ByteView bytes = value.bytes();
  return {bytes.begin(), bytes.end()};
}

void append_big_endian(Bytes& to, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    to.push_back(static_cast<std::uint8_t>(number >> shift));
  }
}

std::array<std::uint8_t, 8> key_of(std::uint64_t id) {
  std::array<std::uint8_t, 8> key{};
  boost::endian::store_big_u64(key.data(), id);
  return key;
}

Bytes key_of(std::uint64_t id, ValueView value) {
  Bytes key;
  key.reserve(sizeof id + value.bytes().size());
  append_big_endian(key, id);
  append(key, value.bytes());
  return key;
}

// The same last turn, of a session that has no grace any more.
Value without_grace(ValueView written) {
  Builder builder;
  builder.begin_sequence().integer(std::uint64_t{0});
  builder.value(*written.element(1)).value(*written.element(2)).end();
  return builder.finish().value();
}

}  // namespace

// ---- facts ----------------------------------------------------------------------------------

bool Kept::has(const Value& value) const {
  const std::optional<FactId> fact = space_.dataspace().find(value);
  return fact && facts_.contains(*fact);
}

bool Kept::put(TurnRun& run, const Value& value) {
  if (has(value)) return false;
  facts_.insert(space_.keep(run, value));
  bytes_ += value.bytes().size();
  run.parts().journal.put(space_, StoredKind::fact, value.bytes(), {});
  return true;
}

bool Kept::drop(TurnRun& run, const Value& value) {
  const std::optional<FactId> fact = space_.dataspace().find(value);
  if (!fact || facts_.erase(*fact) == 0) return false;
  space_.let_go(run, *fact, Cause::retracted);
  bytes_ -= value.bytes().size();
  run.parts().journal.erase(space_, StoredKind::fact, value.bytes());
  return true;
}

// ---- slots ----------------------------------------------------------------------------------

bool Kept::set_slot(TurnRun& run, const Value& key, const Value& value) {
  const Bytes name = bytes_of_value(key);
  const auto slot = slots_.find(name);
  if (slot == slots_.end()) {
    slots_.emplace(name, space_.keep(run, value));
    bytes_ += name.size();
  } else {
    const FactId before = slot->second;
    if (space_.dataspace().value_of(before) == value.view()) return false;
    bytes_ -= space_.dataspace().value_of(before).bytes().size();
    slot->second = space_.keep(run, value);
    space_.let_go(run, before, Cause::superseded);
  }
  bytes_ += value.bytes().size();
  run.parts().journal.put(space_, StoredKind::slot, name, value.bytes());
  return true;
}

bool Kept::clear_slot(TurnRun& run, const Value& key) {
  const Bytes name = bytes_of_value(key);
  const auto slot = slots_.find(name);
  if (slot == slots_.end()) return false;
  bytes_ -= name.size() + space_.dataspace().value_of(slot->second).bytes().size();
  space_.let_go(run, slot->second, Cause::retracted);
  slots_.erase(slot);
  run.parts().journal.erase(space_, StoredKind::slot, name);
  return true;
}

// ---- items ----------------------------------------------------------------------------------

void Kept::add_item(TurnRun& run, std::uint64_t id, const Value& value) {
  touch(run);
  items_.add(id, value);
  bytes_ += value.bytes().size();
  run.parts().journal.put(space_, StoredKind::item, key_of(id), value.bytes());
}

Value Kept::remove_item(TurnRun& run, std::uint64_t id) {
  touch(run);
  Value value = items_.remove(id);
  bytes_ -= value.bytes().size();
  run.parts().journal.erase(space_, StoredKind::item, key_of(id));
  return value;
}

void Kept::hold_item(TurnRun& run, std::uint64_t id, SessionId holder) {
  touch(run);
  items_.hold(id, holder);
}

void Kept::give_back_item(TurnRun& run, std::uint64_t id) {
  touch(run);
  items_.give_back(id);
}

// ---- leases ---------------------------------------------------------------------------------

Lease* Kept::find_lease(std::uint64_t id) {
  const auto found = leases_.find(id);
  return found == leases_.end() ? nullptr : &found->second;
}

void Kept::add_lease(TurnRun& run, std::uint64_t id, Milliseconds ttl, Milliseconds remaining) {
  touch(run);
  leases_.emplace(id, Lease{.ttl = ttl});
  bytes_ += lease_bytes;
  write_lease(run, id, remaining);
}

bool Kept::attach(TurnRun& run, std::uint64_t id, const Value& value) {
  Lease& lease = leases_.at(id);
  const std::optional<FactId> known = space_.dataspace().find(value);
  if (known && lease.facts.contains(*known)) return false;
  lease.facts.insert(space_.keep(run, value));
  bytes_ += value.bytes().size();
  run.parts().journal.put(space_, StoredKind::lease_fact, key_of(id, value), {});
  return true;
}

void Kept::end_lease(TurnRun& run, std::uint64_t id, Cause cause) {
  touch(run);
  TurnJournal& journal = run.parts().journal;
  const auto lease = leases_.extract(id);
  for (const FactId fact : lease.mapped().facts) {
    const ValueView value = space_.dataspace().value_of(fact);
    bytes_ -= value.bytes().size();
    journal.erase(space_, StoredKind::lease_fact, key_of(id, value));
    space_.let_go(run, fact, cause);
  }
  bytes_ -= lease_bytes;
  journal.erase(space_, StoredKind::lease, key_of(id));
}

// | u64 ttl in ms | u64 ms that were left when this was written |   both big-endian
void Kept::write_lease(TurnRun& run, std::uint64_t id, Milliseconds remaining) {
  Bytes written;
  append_big_endian(written, static_cast<std::uint64_t>(leases_.at(id).ttl.count()));
  append_big_endian(written, static_cast<std::uint64_t>(remaining.count()));
  run.parts().journal.put(space_, StoredKind::lease, key_of(id), written);
}

// ---- last turns -----------------------------------------------------------------------------

void Kept::add_last_turn(TurnRun& run, std::uint64_t id, LastTurn last) {
  touch(run);
  bytes_ += last.written.bytes().size();
  run.parts().journal.put(space_, StoredKind::last_turn, key_of(id), last.written.bytes());
  last_turns_.emplace(id, std::move(last));
}

void Kept::end_grace(TurnRun& run, std::uint64_t id) {
  touch(run);
  LastTurn& last = last_turns_.at(id);
  bytes_ -= last.written.bytes().size();
  last.written = without_grace(last.written);
  bytes_ += last.written.bytes().size();
  run.parts().journal.put(space_, StoredKind::last_turn, key_of(id), last.written.bytes());
}

LastTurn Kept::remove_last_turn(TurnRun& run, std::uint64_t id) {
  touch(run);
  auto gone = last_turns_.extract(id);
  bytes_ -= gone.mapped().written.bytes().size();
  run.parts().journal.erase(space_, StoredKind::last_turn, key_of(id));
  return std::move(gone.mapped());
}

}  // namespace avow::server
