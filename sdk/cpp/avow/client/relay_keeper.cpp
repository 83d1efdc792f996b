#include <utility>

#include "avow/client/interest.hpp"
#include "avow/client/relay.hpp"
#include "avow/model/builder.hpp"
#include "avow/wire/keeper.hpp"

// How a relay finds the keeper of its space, and what becomes of requests there when connections
// come and go.

namespace avow {
namespace {

// Entities of the relay's own, far above all numbers that a client gets to.
constexpr ClientId keeper_observer = ClientId{1} << 62U;
constexpr ClientId keeper_sync = keeper_observer + 1;

const Error no_keeper{
    "unsupported",
    "The space offers no keeper: the server keeps nothing, or the reference hides "
    "it."};
const Error item_lost{
    "unknown-item", "The link was lost while the item was held, so the server has given it back."};
const Error link_lost{"link-lost", "The link was lost before the keeper answered."};
const Error outcome_unknown{
    "outcome-unknown",
    "The link was lost before the keeper answered, and it cannot be asked again."};
const Error other_history{"outcome-unknown",
                          "The link was lost before the keeper answered, and the server has begun "
                          "another history since, which does not know the turn."};

// `<avow-service keeper $>`
Query keeper_query() {
  PatternNode keeper;
  keeper.kind = PatternNode::Kind::literal;
  keeper.literal = Value::symbol("keeper");
  PatternNode reference;
  reference.kind = PatternNode::Kind::bind;
  reference.children.emplace_back();
  PatternNode service;
  service.kind = PatternNode::Kind::group;
  service.literal = Value::symbol("avow-service");
  service.keys = {Value::integer(std::int64_t{0}), Value::integer(std::int64_t{1})};
  service.children = {std::move(keeper), std::move(reference)};
  return Query(Pattern(std::move(service)), Want::captures);
}

}  // namespace

Notices Relay::ask_keeper(ClientId id, KeeperRequest request) {
  for (const Value& field : request.fields) {
    if (!field.holds_references()) continue;
    return {{Notice::Kept{id, Error{"reference-not-durable",
                                    "What is kept can hold no references; leave them out."}}}};
  }
  if (request.connection && (!is_open() || *request.connection != session_)) {
    return {{Notice::Kept{id, item_lost}}};
  }
  Notices told = bound_kept();
  requests_.emplace(id, Requested{.request = std::move(request)});
  if (!is_open()) return told;
  if (keeper_oid_) {
    for (Notice& notice : say_request(id)) told.push_back(std::move(notice));
    return told;
  }
  if (keeper_search_ == Search::not_begun) look_for_keeper();
  if (keeper_search_ == Search::done) answer_request(id, no_keeper, told);
  return told;
}

// The keeper is told at once if there is one, and before anything that is done after; so the answer
// to a sync says that there is none.
void Relay::look_for_keeper() {
  keeper_search_ = Search::under_way;
  Outgoing turn;
  turn.about.subscriptions.push_back(keeper_observer);
  add_event(turn, wire::EventKind::publish, keeper_observer,
            observe_assertion(keeper_query(), ReferenceMap::own(keeper_observer)));
  send_turn(std::move(turn));
  ask_sync(keeper_sync);
}

// What names items that were held by a connection before comes first: nothing that is asked now may
// take them again before it is known what became of that.
Notices Relay::say_requests() {
  std::vector<ClientId> order;
  for (const bool names_items : {true, false}) {
    for (const auto& [id, requested] : requests_) {
      const bool is_said = requested.said_at.has_value();
      if (!is_said && requested.request.connection.has_value() == names_items) order.push_back(id);
    }
  }
  Notices told;
  for (const ClientId id : order) {
    for (Notice& notice : say_request(id)) told.push_back(std::move(notice));
  }
  return told;
}

Notices Relay::say_request(ClientId id) {
  Requested& requested = requests_.at(id);
  Builder body;
  body.begin_record(requested.request.label);
  for (const Value& field : requested.request.fields) body.value(field);
  body.value(ReferenceMap::own(id)).end();
  Outgoing turn;
  turn.about.requests.push_back(id);
  add_event(turn, wire::EventKind::publish, id, body.finish().value());
  turn.events.back().target = *keeper_oid_;
  if (turn.bytes + 1'024 > message_bytes_max_) {
    Notices told;
    answer_request(id,
                   Error{"limit", "The commit is larger than the server takes, " +
                                      std::to_string(message_bytes_max_) + " bytes; make it two."},
                   told);
    return told;
  }
  requested.said_at = keeper_oid_;
  if (requested.said_in.empty()) requested.said_in = server_.epoch;
  send_turn(std::move(turn));
  return {};
}

void Relay::take_back(ClientId id, std::uint64_t keeper) {
  Outgoing turn;
  add_event(turn, wire::EventKind::retract, id, {});
  turn.events.back().target = keeper;
  send_turn(std::move(turn));
}

void Relay::cancel_request(ClientId id) {
  const auto requested = requests_.extract(id);
  if (requested.empty() || !is_open()) return;
  if (const auto keeper = requested.mapped().said_at) take_back(id, *keeper);
}

// The end of a request that is refused, or cannot be made.
void Relay::answer_request(ClientId id, Result<Value> answer, Notices& told) {
  if (requests_.erase(id) > 0) told.push_back({Notice::Kept{id, std::move(answer)}});
}

bool Relay::is_about_keeper(ClientId target) const {
  return target == keeper_observer || target == keeper_sync || requests_.contains(target);
}

Result<void> Relay::apply_to_keeper(ClientId target, const ServerEvent& event, Notices& told) {
  if (target == keeper_observer) {
    note_keeper(event, told);
    return {};
  }
  if (target == keeper_sync) {
    keeper_search_ = Search::done;
    if (!keeper_oid_) give_up_keeper(no_keeper, told);
    return {};
  }
  if (event.kind != wire::EventKind::publish) return {};
  AVOW_TRY(Value answer, references_.look_at(event.body));
  Requested& requested = requests_.at(target);
  const bool goes_on = requested.request.stays && answer.view().is_record("ok");
  requested.answered = true;
  told.push_back({Notice::Kept{target, std::move(answer)}});
  if (!goes_on) cancel_request(target);
  return {};
}

// One keeper is as good as another: the last that was told is asked.
void Relay::note_keeper(const ServerEvent& event, Notices& told) {
  if (event.kind == wire::EventKind::retract) {
    if (event.handle == keeper_handle_) keeper_oid_.reset();
    return;
  }
  const std::optional<ValueView> reference =
      event.kind == wire::EventKind::publish ? event.body.view().element(0) : std::nullopt;
  if (!reference || reference->kind() != Kind::embedded) return;
  const auto parsed = wire::parse_wire_reference(*reference);
  const auto oid = parsed ? parsed->oid.small() : std::nullopt;
  const bool is_servers = parsed && parsed->owner == wire::WireReference::Owner::sender;
  if (!is_servers || !oid || *oid < 0) return;
  keeper_oid_ = static_cast<std::uint64_t>(*oid);
  keeper_handle_ = event.handle;
  for (Notice& notice : say_requests()) told.push_back(std::move(notice));
}

void Relay::give_up_keeper(const Error& why, Notices& told) {
  std::vector<ClientId> waiting;
  for (const auto& [id, requested] : requests_) {
    if (!requested.said_at) waiting.push_back(id);
  }
  for (const ClientId id : waiting) answer_request(id, why, told);
}

void Relay::restore_requests(Notices& told) {
  std::vector<ClientId> lost;
  for (const auto& [id, requested] : requests_) {
    const bool by_name = requested.request.after_loss == KeeperRequest::AfterLoss::ask_by_name;
    const bool was_said = !requested.said_in.empty();
    if (by_name && was_said && requested.said_in != server_.epoch) lost.push_back(id);
  }
  for (const ClientId id : lost) answer_request(id, other_history, told);
  if (!requests_.empty()) look_for_keeper();
}

void Relay::lose_requests(Notices& told) {
  std::vector<std::pair<ClientId, Error>> lost;
  std::vector<ClientId> over;
  for (auto& [id, requested] : requests_) {
    requested.said_at.reset();
    const bool was_said = !requested.said_in.empty();
    if (requested.request.after_loss == KeeperRequest::AfterLoss::say_again) {
      requested.answered = false;
    } else if (requested.answered) {
      over.push_back(id);
    } else if (requested.request.after_loss == KeeperRequest::AfterLoss::forget) {
      lost.emplace_back(id, link_lost);
    } else if (requested.request.connection && !was_said) {
      lost.emplace_back(id, item_lost);
    }
  }
  for (const ClientId id : over) requests_.erase(id);
  for (const auto& [id, why] : lost) answer_request(id, why, told);
  keeper_search_ = Search::not_begun;
  keeper_oid_.reset();
}

Notices Relay::abandon_requests(const Error& why) {
  Notices told;
  for (const auto& [id, requested] : std::exchange(requests_, {})) {
    const KeeperRequest::AfterLoss after_loss = requested.request.after_loss;
    if (requested.answered && after_loss != KeeperRequest::AfterLoss::say_again) continue;
    const bool harmless = after_loss == KeeperRequest::AfterLoss::ask_again ||
                          after_loss == KeeperRequest::AfterLoss::say_again;
    const bool was_said = !requested.said_in.empty();
    told.push_back({Notice::Kept{id, was_said && !harmless ? outcome_unknown : why}});
  }
  return told;
}

}  // namespace avow
