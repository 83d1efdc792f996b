#include "server/engine/spaces.hpp"

#include <algorithm>
#include <memory>

#include "server/engine/space.hpp"

namespace avow::server {

Reference& Spaces::resolve(std::string_view name, ReferenceTable& references,
                           Subscriptions& subscriptions) {
  if (const auto known = by_name_.find(name); known != by_name_.end()) return *known->second;
  auto space = std::make_unique<Space>(SpaceId{++last_id_}, std::string(name), ended_revision_max_,
                                       *this, key_, limits_, subscriptions);
  by_id_.emplace(space->id(), space.get());
  if (space->is_system()) system_ = space.get();
  Reference& reference = references.add(std::move(space));
  by_name_.emplace(name, &reference);
  return reference;
}

Reference& Spaces::reference_of(const Space& space) const {
  return *by_name_.find(space.name())->second;
}

void Spaces::go_on_above(std::uint64_t revision) {
  ended_revision_max_ = std::max(ended_revision_max_, revision);
  run_began_above_ = revision;
  for (const auto& [id, space] : by_id_) space->go_on_above(revision);
}

void Spaces::ended(const Space& space) {
  ended_revision_max_ = std::max(ended_revision_max_, space.revision());
  if (space.is_system()) system_ = nullptr;
  by_id_.erase(space.id());
  by_name_.erase(space.name());
}

Space* Spaces::find(SpaceId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

void Spaces::for_each(const std::function<void(const Space&)>& visit) const {
  for (const auto& [id, space] : by_id_) visit(*space);
}

}  // namespace avow::server
