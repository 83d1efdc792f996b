#include "avow/client/reference_map.hpp"

#include <utility>

#include "avow/wire/packet.hpp"

namespace avow {
namespace {

// What a sender calls its own, its receiver calls the other's: `[0 5]` from the server is sent back
// as `[1 5]`. One of our own entities with caveats on it cannot be sent back without them, and the
// protocol has no form for that.
Result<Value> as_sent_back(ValueView received) {
  AVOW_TRY(wire::WireReference reference, wire::parse_wire_reference(received));
  if (reference.owner == wire::WireReference::Owner::sender) {
    reference.owner = wire::WireReference::Owner::receiver;
  } else if (reference.caveats.empty()) {
    reference.owner = wire::WireReference::Owner::sender;
  } else {
    return Error{"stale-reference", "An attenuated reference to an own entity cannot be sent."};
  }
  return wire::wire_reference_to_value(reference);
}

}  // namespace

Result<Value> ReferenceMap::translate(const Value& wire, std::vector<Value>* held) {
  if (!wire.holds_references()) return wire;
  return wire::replace_references(wire, [this, held](ValueView embedded) -> Result<Value> {
    AVOW_TRY(const wire::WireReference reference, wire::parse_wire_reference(embedded));
    Value payload = wire::wire_reference_to_value(reference);
    auto found = by_payload_.find(payload);
    if (found == by_payload_.end()) {
      if (held == nullptr) return Value::reference(fresh());
      found = by_payload_.emplace(payload, Import{.id = fresh()}).first;
      by_id_.emplace(static_cast<std::uint64_t>(found->second.id), payload);
    }
    if (held != nullptr) {
      ++found->second.held;
      held->push_back(std::move(payload));
    }
    return Value::reference(found->second.id);
  });
}

Result<Value> ReferenceMap::import(const Value& wire, Holder holder) {
  if (!wire.holds_references()) return wire;
  std::vector<Value> held;
  Result<Value> value = translate(wire, &held);
  // What was counted before an error is counted off again by the release of the same holder.
  holders_[holder] = std::move(held);
  if (!value.has_value()) release(holder);
  return value;
}

Result<Value> ReferenceMap::look_at(const Value& wire) { return translate(wire, nullptr); }

void ReferenceMap::release(Holder holder) {
  const auto found = holders_.find(holder);
  if (found == holders_.end()) return;
  count_off(found->second);
  holders_.erase(found);
}

void ReferenceMap::count_off(const std::vector<Value>& held) {
  for (const Value& payload : held) {
    const auto import = by_payload_.find(payload);
    AVOW_CHECK(import != by_payload_.end());
    if (--import->second.held > 0) continue;
    by_id_.erase(static_cast<std::uint64_t>(import->second.id));
    by_payload_.erase(import);
  }
}

void ReferenceMap::retire(std::uint64_t entity) {
  auto holder = holders_.lower_bound({entity, 0});
  while (holder != holders_.end() && holder->first.first == entity) {
    std::vector<Value>& all = retired_[entity];
    all.insert(all.end(), holder->second.begin(), holder->second.end());
    holder = holders_.erase(holder);
  }
}

void ReferenceMap::release_retired(std::uint64_t entity) {
  const auto found = retired_.find(entity);
  if (found == retired_.end()) return;
  count_off(found->second);
  retired_.erase(found);
}

Result<Value> ReferenceMap::export_value(const Value& value) const {
  if (!value.holds_references()) return value;
  return wire::replace_references(value, [this](ValueView embedded) -> Result<Value> {
    const std::optional<ReferenceId> id = embedded.as_reference();
    const auto found = id ? by_id_.find(static_cast<std::uint64_t>(*id)) : by_id_.end();
    if (found == by_id_.end()) {
      return Error{"stale-reference", "The value holds a reference that nobody holds any more."};
    }
    return as_sent_back(found->second);
  });
}

Value ReferenceMap::own(std::uint64_t oid) {
  return wire::wire_reference_to_value({.owner = wire::WireReference::Owner::sender,
                                        .oid = wire::Number(static_cast<std::int64_t>(oid)),
                                        .caveats = {}});
}

void ReferenceMap::clear() {
  by_payload_.clear();
  by_id_.clear();
  holders_.clear();
  retired_.clear();
}

}  // namespace avow
