#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "tests/simulation/events.hpp"
#include "tests/simulation/keeper_client.hpp"

// What a client of keepers asks for.

namespace avow::simulation {
namespace {

using wire::Event;

template <class Set>
const auto& any_of(test::Random& random, const Set& set) {
  return *std::next(set.begin(), static_cast<std::ptrdiff_t>(random.below(set.size())));
}

}  // namespace

void KeeperClient::act() {
  if (!std::exchange(has_introduced_, true)) return introduce();
  if (!has_looked_) return find_keepers();
  if (!has_keepers()) return;
  for (std::size_t left = 1 + random().below(3); left > 0; --left) ask_for_something();
}

void KeeperClient::ask_for_something() {
  const std::size_t choice = random().below(100);
  if (choice < 60) return commit_anew();
  if (choice < 70) return ask_lease();
  if (choice < 80) return send_again();
  if (choice < 88) {
    if (!author().open.empty()) ask_for_outcome(any_of(random(), author().open));
    return;
  }
  withdraw_something();
}

void KeeperClient::introduce() {
  std::vector<Event> turn;
  for (std::size_t space = 0; space < space_count; ++space) {
    const Value step = SturdyReference::mint({}, space_oid(space)).to_value();
    const std::int64_t entity = next_entity_++;
    entities_[entity] = {.role = Role::resolver, .space = space};
    turn.push_back(
        publish_event(gatekeeper, next_handle_++, record("resolve", step, reference_to(entity))));
  }
  line_.say(wire::Turn{std::move(turn)});
}

void KeeperClient::find_keepers() {
  for (const auto& space : spaces_) {
    if (!space) return;
  }
  has_looked_ = true;
  std::vector<Event> turn;
  for (std::size_t space = 0; space < space_count; ++space) {
    const std::int64_t entity = next_entity_++;
    entities_[entity] = {.role = Role::observer, .space = space};
    observes_[space] = observe_fact(keeper_wish(), global(entity));
    turn.push_back(publish_event(*spaces_[space], next_handle_++, to_wire(observes_[space])));
  }
  line_.say(wire::Turn{std::move(turn)});
}

bool KeeperClient::has_keepers() const {
  return keeper_oids_[0].has_value() && keeper_oids_[1].has_value();
}

void KeeperClient::send_message(std::size_t space, const Value& message) {
  if (!spaces_[space]) return;
  world().messages.push_back({space, message});
  line_.say(turn_of(message_event(*spaces_[space], message)));
}

void KeeperClient::request(Role role, std::size_t space, const TurnName& name, const Value& body,
                           std::int64_t entity) {
  const std::int64_t handle = next_handle_++;
  entities_[entity] = {.role = role, .space = space, .name = name, .handle = handle};
  line_.say(turn_of(publish_event(*keeper_oids_[space], handle, body)));
}

void KeeperClient::ask_lease() {
  const std::int64_t entity = next_entity_++;
  const std::uint64_t ttl = 50 + random().below(random().chance(1, 4) ? 100'000 : 2'000);
  request(Role::lease, random().below(space_count), {}, lease_request(ttl, entity), entity);
}

KnownIds KeeperClient::known_ids() const {
  KnownIds known;
  for (const std::uint64_t lease : keepers_.leases) {
    if (keepers_.handed_over->has_lease(lease)) known.leases.push_back(lease);
  }
  for (const auto& [item, holder] : keepers_.holders) {
    if (holder.client == serial()) known.items.push_back(item);
  }
  return known;
}

void KeeperClient::commit_anew() {
  ++author().last.second;
  const Commit made = random_commit(random(), author().last, known_ids());
  keepers_.sent[made.name] = made;
  commit(made);
}

void KeeperClient::commit(const Commit& what) {
  const std::int64_t entity = next_entity_++;
  author().failed.erase(what.name);
  author().open.insert(what.name);
  request(Role::commit, what.space, what.name, commit_request(what, entity), entity);
}

void KeeperClient::take_items_of(std::size_t space, std::size_t count) {
  ++author().last.second;
  Commit all{.space = space, .name = author().last, .consumes = true};
  all.ops.assign(count, {.kind = KeeperOp::Kind::take_any});
  keepers_.sent[all.name] = all;
  commit(all);
}

bool KeeperClient::is_under_way(const TurnName& name) const {
  return std::any_of(entities_.begin(), entities_.end(), [&](const auto& each) {
    const Entity& entity = each.second;
    return entity.role == Role::commit && entity.name == name && !entity.was_answered &&
           !entity.is_withdrawn;
  });
}

void KeeperClient::send_again() {
  const auto& from = random().chance(1, 2) ? author().failed : author().open;
  if (from.empty()) return;
  const TurnName name = any_of(random(), from);
  if (!is_under_way(name)) commit(keepers_.sent.at(name));
}

void KeeperClient::ask_for_outcome(const TurnName& name) {
  const std::int64_t entity = next_entity_++;
  const std::size_t space =
      random().chance(1, 4) ? random().below(space_count) : keepers_.sent.at(name).space;
  request(Role::outcome, space, name, outcome_request(name, entity), entity);
}

void KeeperClient::withdraw_something() {
  auto& [oid, entity] =
      *std::next(entities_.begin(), static_cast<std::ptrdiff_t>(random().below(entities_.size())));
  const bool is_request = entity.role == Role::commit || entity.role == Role::outcome;
  if (!is_request || std::exchange(entity.is_withdrawn, true)) return;
  line_.say(turn_of(retract_event(*keeper_oids_[entity.space], entity.handle)));
}

bool KeeperClient::settle() {
  if (!has_introduced_ || !has_looked_ || !has_keepers()) {
    act();
    return false;
  }
  for (const TurnName& name : std::set<TurnName>(author().open)) {
    if (keepers_.handed_over->answer(name) == nullptr) {
      const std::int64_t entity = next_entity_++;
      request(Role::outcome, keepers_.sent.at(name).space, name, outcome_request(name, entity),
              entity);
    } else if (!is_under_way(name)) {
      commit(keepers_.sent.at(name));
    }
  }
  return author().open.empty();
}

}  // namespace avow::simulation
