#include "server/engine/reference_table.hpp"

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
  by_id_.clear();
}

Reference& ReferenceTable::add(std::unique_ptr<Entity> entity) {
  auto reference = std::make_unique<Reference>();
  reference->entity = entity.get();
  reference->plain = reference.get();
  reference->owned = std::move(entity);
  return insert(std::move(reference));
}

Result<Reference*> ReferenceTable::attenuate(Reference& base, const std::vector<Value>& caveats) {
  if (caveats.empty()) return &base;
  std::vector<Value> all;
  if (base.attenuation != nullptr) all = base.attenuation->source();
  all.insert(all.end(), caveats.begin(), caveats.end());
  Value key = sequence_of(all);
  if (const auto known = by_caveats_.find({base.plain->id, key}); known != by_caveats_.end()) {
    return known->second;
  }
  AVOW_TRY(Attenuation attenuation, Attenuation::parse(all));
  auto reference = std::make_unique<Reference>();
  reference->entity = base.entity;
  reference->plain = base.plain;
  reference->attenuation = std::make_unique<const Attenuation>(std::move(attenuation));
  reference->caveats = std::move(key);
  Reference& added = insert(std::move(reference));
  by_caveats_.emplace(CaveatsKey{added.plain->id, added.caveats}, &added);
  retain(*added.plain);
  retain_all(added.caveats);
  return &added;
}

Reference& ReferenceTable::insert(std::unique_ptr<Reference> reference) {
  reference->id = ReferenceId{++last_id_};
  Reference& added = *reference;
  by_id_.emplace(added.id, std::move(reference));
  unheld_.push_back(added.id);
  return added;
}

Reference& ReferenceTable::at(ReferenceId id) const {
  const auto found = by_id_.find(id);
  AVOW_CHECK(found != by_id_.end());
  return *found->second;
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
    const auto found = by_id_.find(unheld_.back());
    unheld_.pop_back();
    if (found != by_id_.end() && found->second->holds == 0) forget(*found->second);
  }
  return true;
}

void ReferenceTable::forget(Reference& reference) {
  if (reference.attenuation != nullptr) {
    by_caveats_.erase({reference.plain->id, reference.caveats});
    release(*reference.plain);
    release_all(reference.caveats);
  }
  const auto found = by_id_.find(reference.id);
  const std::unique_ptr<Reference> last = std::move(found->second);
  by_id_.erase(found);
}

}  // namespace avow::server
