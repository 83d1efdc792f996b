#include "server/engine/reference_table.hpp"

#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "server/engine/references_in.hpp"

namespace avow::server {
namespace {

Value sequence_of(const std::vector<Value>& values) {
  Builder builder;
  builder.begin_sequence();
  for (const Value& value : values) builder.value(value);
  builder.end();
  return builder.finish().value();
}

}  // namespace

ReferenceTable::~ReferenceTable() {
  closing_ = true;  // Entities let go what they hold when they end, and here all end at once.
}

Reference& ReferenceTable::add(std::unique_ptr<Entity> entity) {
  Reference& added = take_place();
  added.own(std::move(entity));
  return added;
}

Result<Reference*> ReferenceTable::attenuate(Reference& base, const std::vector<Value>& caveats) {
  if (caveats.empty()) return &base;
  std::vector<Value> all;
  if (base.attenuation() != nullptr) all = base.attenuation()->source();
  all.insert(all.end(), caveats.begin(), caveats.end());
  Value key = sequence_of(all);
  Reference& plain = base.plain();
  if (const auto known = by_caveats_.find({plain.id, key}); known != by_caveats_.end()) {
    return known->second;
  }
  AVOW_TRY(Attenuation attenuation, Attenuation::parse(all));
  Reference& added = take_place();
  added.narrow(*base.entity,
               std::make_unique<const Narrowing>(Narrowing{plain, std::move(attenuation), key}));
  by_caveats_.emplace(CaveatsKey{plain.id, key}, &added);
  retain(plain);
  retain_all(key);
  return &added;
}

Reference& ReferenceTable::take_place() {
  if (free_.empty()) {
    free_.push_back(references_.size());
    references_.grow_to(references_.size() + 1);
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  Reference& added = references_[place];
  const std::uint64_t uses = number_of_uses(added) + 1;
  added.id = ReferenceId{uses << place_bits | place};
  unheld_.push_back(added.id);
  return added;
}

std::uint64_t ReferenceTable::number_of_uses(const Reference& reference) {
  return static_cast<std::uint64_t>(reference.id) >> place_bits;
}

Reference& ReferenceTable::at(ReferenceId id) {
  Reference& found = references_[place_of(id)];
  AVOW_CHECK(found.id == id && found.entity != nullptr);
  return found;
}

const Reference& ReferenceTable::at(ReferenceId id) const {
  const Reference& found = references_[place_of(id)];
  AVOW_CHECK(found.id == id && found.entity != nullptr);
  return found;
}

void ReferenceTable::release(Reference& reference) {
  if (closing_) return;
  AVOW_CHECK(reference.holds > 0);
  if (--reference.holds == 0) unheld_.push_back(reference.id);
}

void ReferenceTable::retain_all(const Value& body) {
  if (!body.holds_references()) return;
  for_each_reference(body.bytes(), [&](ReferenceId id) { retain(at(id)); });
}

void ReferenceTable::release_all(const Value& body) {
  if (body.holds_references()) release_all(body.view());
}

void ReferenceTable::release_all(ValueView body) {
  for_each_reference(body.bytes(), [&](ReferenceId id) { release(at(id)); });
}

bool ReferenceTable::sweep() {
  if (unheld_.empty()) return false;
  while (!unheld_.empty()) {
    const ReferenceId id = unheld_.back();
    unheld_.pop_back();
    Reference& unheld = references_[place_of(id)];
    const bool is_there = unheld.id == id && unheld.entity != nullptr;
    if (is_there && unheld.holds == 0) forget(unheld);
  }
  return true;
}

void ReferenceTable::forget(Reference& reference) {
  if (!reference.is_plain()) {
    const Narrowing& narrowing = *reference.extra_.narrowing;
    by_caveats_.erase({narrowing.plain.id, narrowing.caveats});
    release(narrowing.plain);
    release_all(narrowing.caveats);
  }
  if (number_of_uses(reference) == uses_max) {
    ++used_up_;
  } else {
    free_.push_back(place_of(reference.id));
  }
  reference.clear();
}

}  // namespace avow::server
