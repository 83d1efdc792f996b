#include "server/engine/membrane.hpp"

#include <utility>

#include "avow/base/check.hpp"
#include "server/engine/client_entity.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/references_in.hpp"

namespace avow::server {
namespace {

Value to_wire(wire::WireReference::Owner owner, const wire::Number& oid) {
  return wire::wire_reference_to_value({owner, oid, {}});
}

}  // namespace

Membrane::Membrane(MembraneOwner& owner, ClientSession& session)
    : owner_(owner), session_(session), imports_(owner.hash_key) {}

Export* Membrane::find_export(const wire::Number& oid) {
  const auto small = oid.small();
  if (!small) return nullptr;
  const std::uint32_t* const place = exports_.find(*small);
  return place == nullptr ? nullptr : &export_slab_[*place];
}

bool Membrane::is_full() const {
  return exports_.size() >= owner_.references_max || imports_.size() >= owner_.references_max;
}

// ---- reading --------------------------------------------------------------------------------

Result<void> Membrane::read_assertion(Value& body, Pins& pins) {
  Result<void> done = read(body, &pins);
  if (!done) {
    unpin(pins);
    pins.clear();
  }
  return done;
}

Result<void> Membrane::read_message(Value& body) { return read(body, nullptr); }

Result<void> Membrane::read(Value& body, Pins* pins) {
  if (!body.holds_references()) return {};
  AVOW_TRY(body, wire::replace_references(
                     body, [&](ValueView embedded) { return read_reference(embedded, pins); }));
  return {};
}

Result<Value> Membrane::read_reference(ValueView embedded, Pins* pins) {
  AVOW_TRY(const wire::WireReference reference, wire::parse_wire_reference(embedded));
  if (reference.owner == wire::WireReference::Owner::sender) {
    return read_theirs(reference.oid, pins);
  }
  return read_ours(reference, pins);
}

Result<Value> Membrane::read_theirs(const wire::Number& oid, Pins* pins) {
  Import* known = imports_.find(oid);
  if (pins == nullptr) {
    if (known == nullptr || known->pins == 0) {
      return Error{"transient-reference",
                   "A message may not introduce a reference that no live assertion holds."};
    }
    return Value::reference(owner_.references.at_place(known->reference).id);
  }
  if (known == nullptr) {
    if (is_full()) return Error{"quota", "The session holds too many references."};
    Reference& made = owner_.references.add_small<ClientEntity>(session_.id, oid);
    owner_.references.retain(made);
    known = &imports_.add(oid, Import{ReferenceTable::place_of(made.id), 0, 0});
  }
  ++known->pins;
  pins->push_back({Pin::Side::theirs, oid});
  return Value::reference(owner_.references.at_place(known->reference).id);
}

Result<Value> Membrane::read_ours(const wire::WireReference& reference, Pins* pins) {
  Export* const known = find_export(reference.oid);
  Reference* base = &owner_.nobody;
  if (known != nullptr) {
    base = known->reference;
    if (pins != nullptr) {
      ++known->pins;
      pins->push_back({Pin::Side::ours, reference.oid});
    }
  }
  std::vector<Value> caveats = reference.caveats;
  for (Value& caveat : caveats) AVOW_TRY_VOID(read(caveat, pins));
  AVOW_TRY(const Reference* const narrowed, owner_.references.attenuate(*base, caveats));
  return Value::reference(narrowed->id);
}

// ---- writing --------------------------------------------------------------------------------

Value Membrane::write_assertion(const Value& memory, Pins& pins) {
  if (!memory.holds_references()) return memory;
  return write(memory, pins);
}

Value Membrane::write(const Value& memory, Pins& pins) {
  Result<Value> wire = wire::replace_references(memory, [&](ValueView embedded) -> Result<Value> {
    return write_reference(owner_.references.at(*embedded.as_reference()), pins);
  });
  // Different references have different numbers, so no two elements become equal.
  return std::move(wire).value();
}

Value Membrane::write_reference(Reference& reference, Pins& pins) {
  if (const std::optional<wire::Number> theirs = import_number(reference)) {
    pins.push_back({Pin::Side::theirs, *theirs});
    pin_one(pins.back());
    return to_wire(wire::WireReference::Owner::receiver, *theirs);
  }
  const std::int64_t oid = export_pinned(reference);
  pins.push_back({Pin::Side::ours, oid});
  return to_wire(wire::WireReference::Owner::sender, oid);
}

std::optional<Value> Membrane::write_message(const Value& memory) {
  if (!memory.holds_references()) return memory;
  Result<Value> wire = wire::replace_references(memory, [&](ValueView embedded) -> Result<Value> {
    std::optional<Value> known = write_known(owner_.references.at(*embedded.as_reference()));
    if (!known) return Error{"transient-reference", ""};
    return *std::move(known);
  });
  if (!wire) return std::nullopt;
  return std::move(wire).value();
}

std::optional<Value> Membrane::write_known(Reference& reference) {
  if (const std::optional<wire::Number> theirs = import_number(reference)) {
    return to_wire(wire::WireReference::Owner::receiver, *theirs);
  }
  const std::int64_t* const number = export_numbers_.find(reference.id);
  if (number == nullptr || find_export(*number)->pins == 0) return std::nullopt;
  return to_wire(wire::WireReference::Owner::sender, *number);
}

std::optional<wire::Number> Membrane::import_number(Reference& reference) {
  if (!reference.is_plain()) return std::nullopt;
  const ClientEntity* const entity = reference.entity->as_client();
  if (entity == nullptr || entity->session_id() != session_.id) return std::nullopt;
  wire::Number oid = entity->oid();
  const Import* const known = imports_.find(oid);
  if (known == nullptr || &owner_.references.at_place(known->reference) != &reference) {
    return std::nullopt;
  }
  return oid;
}

// ---- counting -------------------------------------------------------------------------------

std::int64_t Membrane::export_pinned(Reference& reference) {
  if (const std::int64_t* const known = export_numbers_.find(reference.id)) {
    pin(*find_export(*known));
    return *known;
  }
  // The first one is the gatekeeper: number 0.
  const std::int64_t number = exports_.empty() && last_oid_ == 0 ? 0 : ++last_oid_;
  export_numbers_.add(reference.id, number);
  const std::uint32_t place = export_slab_.add({number, &reference, 0, 1, 0});
  export_slab_[place].place = place;
  exports_.add(number, place);
  owner_.references.retain(reference);
  return number;
}

void Membrane::pin(const Pins& pins) {
  for (const Pin& one : pins) pin_one(one);
}

void Membrane::pin_one(const Pin& pin) {
  if (pin.side == Pin::Side::ours) {
    ++find_export(pin.oid)->pins;
  } else {
    ++imports_.find(pin.oid)->pins;
  }
}

void Membrane::unpin(const Pins& pins) {
  for (const Pin& pin : pins) unpin_one(pin);
}

void Membrane::unpin(Export& known) {
  AVOW_CHECK(known.pins > 0);
  if (--known.pins == 0) note_unpinned({Pin::Side::ours, known.oid});
}

void Membrane::unpin_one(const Pin& pin) {
  if (pin.side == Pin::Side::ours) return unpin(*find_export(pin.oid));
  Import& known = *imports_.find(pin.oid);
  AVOW_CHECK(known.pins > 0);
  if (--known.pins == 0) note_unpinned(pin);
}

bool Membrane::mentions_own(const Value& memory, const Pins& pins) {
  std::size_t mentioned = 0;
  bool are_equal = true;
  for_each_reference(memory.bytes(), [&](ReferenceId id) {
    const std::optional<wire::Number> own = import_number(owner_.references.at(id));
    are_equal = are_equal && own && mentioned < pins.size() &&
                pins[mentioned] == Pin{Pin::Side::theirs, *own};
    ++mentioned;
  });
  return are_equal && mentioned == pins.size();
}

void Membrane::pin_own(ValueView memory) {
  for_each_reference(memory.bytes(), [this](ReferenceId id) {
    pin_one({Pin::Side::theirs, *import_number(owner_.references.at(id))});
  });
}

void Membrane::unpin_own(ValueView memory) {
  for_each_reference(memory.bytes(), [this](ReferenceId id) {
    unpin_one({Pin::Side::theirs, *import_number(owner_.references.at(id))});
  });
}

void Membrane::pin_import(const ClientEntity& entity, Pins& pins) {
  const wire::Number oid = entity.oid();
  Import* const known = imports_.find(oid);
  if (known == nullptr) return;
  if (owner_.references.at_place(known->reference).entity != &entity) return;
  ++known->pins;
  pins.push_back({Pin::Side::theirs, oid});
}

void Membrane::note_unpinned(Pin pin) {
  unpinned_.push_back(std::move(pin));
  if (dirty_) return;
  dirty_ = true;
  owner_.dirty.push_back(&session_);
}

void Membrane::sweep() {
  dirty_ = false;
  for (const Pin& pin : std::exchange(unpinned_, {})) {
    if (pin.side == Pin::Side::ours) {
      const Export* const known = find_export(pin.oid);
      if (known != nullptr && known->pins == 0) forget_export(*pin.oid.small());
    } else {
      const Import* const known = imports_.find(pin.oid);
      if (known != nullptr && known->pins == 0) forget_import(pin.oid);
    }
  }
}

void Membrane::forget_export(std::int64_t oid) {
  Reference& reference = *export_slab_.take(*exports_.find(oid)).reference;
  export_numbers_.erase(reference.id);
  exports_.erase(oid);
  owner_.references.release(reference);
}

void Membrane::forget_import(const wire::Number& oid) {
  owner_.references.release(owner_.references.at_place(imports_.take(oid)->reference));
}

void Membrane::clear() {
  // What is released here comes to be forgotten in an order that nobody can see. The session is not
  // used again.
  exports_.for_each([&](std::int64_t, std::uint32_t place) {
    owner_.references.release(*export_slab_[place].reference);
  });
  exports_.clear();
  export_numbers_.clear();
  imports_.for_each_in_order([&](Import& known) {
    owner_.references.release(owner_.references.at_place(known.reference));
  });
  unpinned_.clear();
}

}  // namespace avow::server
