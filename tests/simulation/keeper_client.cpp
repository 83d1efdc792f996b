#include "tests/simulation/keeper_client.hpp"

#include <algorithm>

#include "avow/model/text.hpp"
#include "tests/simulation/events.hpp"

// What a client of keepers is told.

namespace avow::simulation {
namespace {

using wire::Event;
using wire::EventKind;

// What may be refused for reasons that a client cannot help.
bool may_be_refused(std::string_view code) {
  static const std::vector<std::string_view> codes{"guard-failed", "empty",      "unknown-lease",
                                                   "unknown-item", "impossible", "no-space"};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::optional<std::uint64_t> number_in(ValueView entries, std::string_view key) {
  const std::optional<ValueView> entry = entries.entry(key);
  return entry ? entry->as_uint64() : std::nullopt;
}

}  // namespace

KeeperClient::KeeperClient(World& world, KeeperWorld& keepers, std::size_t whose,
                           Connection& connection, std::uint64_t serial)
    : Client(world, connection, serial),
      keepers_(keepers),
      author_(whose),
      line_(connection, world.random.chance(1, 2)) {
  author().is_here = true;
}

KeeperClient::~KeeperClient() {
  author().is_here = false;
  std::erase_if(keepers_.holders,
                [this](const auto& held) { return held.second.client == serial(); });
}

void KeeperClient::receive(const Arrival& arrival) {
  const Result<std::vector<wire::Packet>> packets = line_.receive(arrival);
  if (!packets) return fail("cannot read what it is told: " + packets.error().detail);
  for (const wire::Packet& packet : *packets) {
    if (std::holds_alternative<wire::ErrorPacket>(packet)) is_over_ = true;
    const auto* const turn = std::get_if<wire::Turn>(&packet);
    if (turn == nullptr) continue;
    for (const Event& event : turn->events) take_event(event);
  }
}

void KeeperClient::take_event(const Event& event) {
  const auto entity = entities_.find(event.target.small().value_or(-1));
  if (entity == entities_.end()) return fail("told something at an entity that never was");
  if (event.kind == EventKind::publish) return take_publish(event, entity->second);
  expect(event.kind == EventKind::retract, "a keeper's client is sent a message");
  expect(told_.erase(event.handle.small().value()) == 1, "told the end of what it does not hold");
}

void KeeperClient::take_publish(const Event& event, Entity& entity) {
  told_[event.handle.small().value()] = {event.target.small().value(), event.body};
  const bool is_space = entity.role == Role::resolver;
  if (!is_space && entity.role != Role::observer) return take_answer(entity, event.body);
  const auto reference = wire::parse_wire_reference(*event.body.view().element(0));
  if (!reference) return fail("told no reference but " + to_text(event.body));
  (is_space ? spaces_ : keeper_oids_)[entity.space] = reference->oid.small().value();
}

void KeeperClient::take_answer(Entity& entity, const Value& answer) {
  ++keepers_.answers;
  if (entity.role == Role::lease) return take_lease(entity, answer);
  expect(!std::exchange(entity.was_answered, true), "a commit is answered twice");
  const std::optional<ValueView> entries = answer.view().element(0);
  if (answer.view().is_record("ok") && entries) {
    if (entity.role == Role::outcome) return take_outcome(entity, answer);
    return take_done(entity, *entries);
  }
  const std::optional<ValueView> code = entries ? entries->entry("code") : std::nullopt;
  const std::string_view word = code ? code->as_symbol().value_or("") : "";
  expect(may_be_refused(word), "a request is answered " + to_text(answer));
  // The same turn may have been sent again since.
  if (entity.role == Role::commit && !entity.is_withdrawn) take_refusal(entity, word);
}

void KeeperClient::take_lease(Entity& entity, const Value& answer) {
  entity.was_answered = true;                  // Twice, if it ends.
  if (!answer.view().is_record("ok")) return;  // It has ended, or there is no room.
  const std::uint64_t id = number_in(*answer.view().element(0), "id").value_or(0);
  // It may have ended since; but no other may ever have had the number.
  auto& known = keepers_.leases;
  expect(std::find(known.begin(), known.end(), id) == known.end(), "two leases have one number");
  known.push_back(id);
}

// Whatever is told of a durable turn could not be lost if the power went now.
void KeeperClient::take_done(const Entity& entity, ValueView entries) {
  const Commit& commit = keepers_.sent.at(entity.name);
  const std::optional<ValueView> level = entries.entry("level");
  const bool is_durable = level && level->is_symbol("durable");
  expect(is_durable == commit.is_durable, "a commit is answered at another level");
  const Ledger& ledger = is_durable ? *keepers_.committed : *keepers_.handed_over;
  const Value* const known = ledger.answer(entity.name);
  if (known == nullptr) return fail("a commit is answered, but could still be lost");
  const ValueView written = *known->view().element(0);
  for (const char* const key : {"rev", "seq", "epoch", "results"}) {
    expect(written.entry(key) == entries.entry(key), "a commit is answered in two ways");
  }
  author().open.erase(entity.name);
  for (const KeeperOp& op : commit.ops) {
    if (op.kind == KeeperOp::Kind::ack) keepers_.holders.erase(op.id);
  }
  take_items(entity, entries);
}

void KeeperClient::take_items(const Entity& entity, ValueView entries) {
  if (keepers_.sent.at(entity.name).consumes) return;
  std::set<std::uint64_t> lost;
  if (const std::optional<ValueView> not_held = entries.entry("not-held")) {
    for (const ValueView id : not_held->elements()) lost.insert(id.as_uint64().value_or(0));
  }
  for (const ValueView result : entries.entry("results")->elements()) {
    if (result.kind() != Kind::dictionary) continue;
    const std::uint64_t id = number_in(result, "id").value_or(0);
    if (!lost.contains(id)) hold(id);
  }
}

// What a client hears after the server has ended its session was said before: the item has gone
// back since, and may be somebody else's, who has heard of that already.
void KeeperClient::hold(std::uint64_t item) {
  if (connection().ending()) return;
  KeeperWorld::Holder& holder = keepers_.holders[item];
  const bool is_held = holder.connection != nullptr && !holder.connection->ending();
  expect(!is_held || holder.client == serial(), "an item has two owners");
  holder = {serial(), &connection()};
}

void KeeperClient::take_refusal(const Entity& entity, std::string_view code) {
  // It may have become impossible since it was refused for another reason.
  expect(code != "impossible" || keepers_.committed->is_impossible(entity.name),
         "a commit is refused as impossible, but that could still be lost");
  expect(keepers_.handed_over->answer(entity.name) == nullptr, "a commit is refused and done");
  author().open.erase(entity.name);
  author().failed.insert(entity.name);
}

void KeeperClient::take_outcome(const Entity& entity, const Value& answer) {
  const std::optional<ValueView> results = answer.view().element(0)->entry("results");
  const ValueView outcome = *results->element(0);
  if (outcome.is_record("impossible")) {
    expect(keepers_.committed->is_impossible(entity.name),
           "a turn is told to be impossible, but that could still be lost");
    author().open.erase(entity.name);
    return;
  }
  const Value* const done = keepers_.committed->answer(entity.name);
  if (done == nullptr) return fail("a turn is told to be committed, but could still be lost");
  expect(
      outcome.is_record("committed") && outcome.element(1) == done->view().element(0)->entry("seq"),
      "an outcome is told as " + to_text(answer));
}

std::string KeeperClient::check_taken() const {
  const Value* const answer = keepers_.committed->answer(author().last);
  if (answer == nullptr) return "an item is neither there nor held by anybody";
  std::uint64_t last = 0;
  for (const ValueView result : answer->view().element(0)->entry("results")->elements()) {
    const std::uint64_t id = number_in(result, "id").value_or(0);
    if (id <= last) return "items are not taken in the order in which they came";
    last = id;
  }
  return {};
}

void KeeperClient::tell(Truth& truth) const {
  for (const auto& [space, observe] : observes_) {
    truth.add(space, observe);
    truth.add(space, keeper_fact());
  }
}

void KeeperClient::check(const Truth&) {
  for (const auto& [oid, entity] : entities_) {
    if (entity.is_withdrawn) continue;
    if (entity.role == Role::outcome) expect(entity.was_answered, "an outcome is not told");
    if (entity.role == Role::lease) expect(entity.was_answered, "a lease is not answered");
    if (entity.role != Role::commit || entity.was_answered) continue;
    const Commit& commit = keepers_.sent.at(entity.name);
    expect(commit.timeout > 0, "a commit is not answered that does not wait");
  }
}

}  // namespace avow::simulation
