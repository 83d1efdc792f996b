#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>
#include <utility>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json.hpp"
#include "tests/simulation/json_client.hpp"

namespace avow::simulation {
namespace {

namespace json = boost::json;
using wire::JsonAuthor;

std::string with_id(std::string request, std::uint64_t id) {
  return request + R"(,"id":)" + std::to_string(id) + "}";
}

}  // namespace

void JsonClient::act() {
  if (!is_here()) return;
  if (!std::exchange(has_opened_, true)) {
    const std::string text = to_text(SturdyReference::mint({}, space_oid(space_)).to_value());
    return say(
        with_id(R"({"open":)" + json::serialize(json::value(text)) + grace(), await(Awaited::ok)));
  }
  std::string requests;
  for (std::size_t left = 1 + random().below(4); left > 0; --left) {
    const std::string request = random_request();
    if (!request.empty()) requests += (requests.empty() ? "" : ",") + request;
  }
  if (!requests.empty()) say("[" + requests + "]");
}

std::string JsonClient::random_request() {
  const std::size_t choice = random().below(100);
  if (choice < 40) return publish(random_fact(random()));
  if (choice < 60) return observe();
  if (choice < 80) return retract_something();
  if (choice < 84) return publish_pair();
  if (choice < 87) return publish(who_fact(global(next_entity_++)));
  if (choice < 90) return leave_or_go_on();
  if (choice < 95) return send_request(random_fact(random()));
  return sync();
}

std::string JsonClient::publish(const Value& fact, Id partner) {
  const Id id = await(Awaited::ok);
  facts_[id] = {.fact = fact, .partner = partner};
  return with_id(R"({"publish":)" + wire::to_json(to_wire(fact), JsonAuthor::client), id);
}

std::string JsonClient::publish_pair() {
  const auto number = static_cast<std::uint64_t>(global(static_cast<std::int64_t>(next_id_)));
  const Id left = next_id_;
  std::string first = publish(pair_fact(number, "left"), left + 1);
  return first + "," + publish(pair_fact(number, "right"), left);
}

std::string JsonClient::observe() {
  const Id id = await(Awaited::synced);
  observers_[id].wish = some_wish();
  if (!random().chance(1, 4)) return ask_for("observe", observers_[id].wish, id);
  observers_[id].pauses = true;
  const std::string turns = std::to_string(1 + random().below(3));
  return ask_for("observe", observers_[id].wish, id,
                 R"(,"policy":"pause","credit":{"turns":)" + turns + "}");
}

// Each stands alone, and is answered only if it is wrong.
void JsonClient::grant_for_what_was_told() {
  if (!is_here()) return;
  for (const Id id : std::exchange(to_grant_, {})) {
    if (!observers_.contains(id)) continue;
    say(R"({"grant":)" + std::to_string(id) + R"(,"turns":1})");
  }
}

Wish JsonClient::some_wish() const {
  if (random().chance(1, 2)) return random_typed_wish(random());
  return {.pattern = random_wish(random(), Interests::unseen).pattern};
}

// Typed wishes go as text, others in the JSON form of the wire pattern.
std::string JsonClient::ask_for(std::string_view verb, const Wish& wish, Id id,
                                const std::string& more) const {
  std::string request = "{\"" + std::string(verb) + "\":";
  if (wish.names.empty()) {
    request += wire::to_json(wish.pattern.to_value(), JsonAuthor::client);
  } else {
    const json::value text(to_pattern_text({wish.pattern, wish.names, wish.same}));
    request += json::serialize(text);
  }
  return with_id(std::move(request) + more, id);
}

// What it has been told by the last message is all up to that message's revision; in a gap, all up
// to the revision that the gap named.
std::string JsonClient::leave_or_go_on() {
  if (left_) {
    const Id id = await(Awaited::synced);
    observers_[id] = {.wish = left_->wish, .view = left_->view};
    const std::string more = R"(,"from":)" + std::to_string(left_->revision) + R"(,"epoch":")" +
                             epoch_ + R"(","else":"resync")";
    left_.reset();
    return ask_for("observe", observers_[id].wish, id, more);
  }
  for (const auto& [id, observer] : observers_) {
    // What one that pauses was told is not all up to then.
    if (awaited_.contains(id) || observer.pauses) continue;
    left_ = Left{observer.wish, observer.view, observer.late_after.value_or(revision_)};
    const Id given_up = id;
    observers_.erase(given_up);
    withdrawn_[given_up] = next_id_;
    return retract(given_up);
  }
  return {};
}

void JsonClient::ask(const Truth& truth) {
  if (!has_opened_ || !is_here()) return;
  const Id id = await(Awaited::ok);
  Query& query = queries_[id];
  query.wish = some_wish();
  query.expected = truth.matching(space_, query.wish);
  for (Value& fact : query.expected) fact = without_references(fact);
  sort_values(query.expected);
  say(ask_for("query", query.wish, id));
}

std::string JsonClient::retract_something() {
  if (random().chance(1, 3) && !observers_.empty()) {
    const auto observer = std::next(observers_.begin(),
                                    static_cast<std::ptrdiff_t>(random().below(observers_.size())));
    const Id id = observer->first;
    observers_.erase(observer);
    withdrawn_[id] = next_id_;
    return retract(id);
  }
  if (facts_.empty()) return {};
  const auto fact =
      std::next(facts_.begin(), static_cast<std::ptrdiff_t>(random().below(facts_.size())));
  const Id id = fact->first;
  const Id partner = fact->second.partner;
  facts_.erase(id);
  if (partner == 0) return retract(id);
  facts_.erase(partner);
  std::string first = retract(id);
  return first + "," + retract(partner);
}

std::string JsonClient::retract(Id id) {
  return with_id(R"({"retract":)" + std::to_string(id), await(Awaited::ok));
}

std::string JsonClient::send_request(const Value& message) {
  world().messages.push_back({space_, message});
  return with_id(R"({"send":)" + wire::to_json(message, JsonAuthor::client), await(Awaited::ok));
}

std::string JsonClient::sync() {
  const Id id = await(Awaited::ok);
  Snapshot& before = syncs_[id];
  for (const auto& [fact, rest] : facts_) before.facts.push_back(fact);
  for (const auto& [observer, rest] : observers_) before.observers.push_back(observer);
  return with_id(R"({"sync":true)", id);
}

void JsonClient::send_message(std::size_t space, const Value& message) {
  if (has_opened_ && is_here() && space == space_) say(send_request(message));
}

JsonClient::Id JsonClient::await(Awaited awaited) {
  awaited_[next_id_] = awaited;
  return next_id_++;
}

void JsonClient::say(const std::string& request) {
  if (is_over_) return;
  ++said_;
  if (world().resume) unacknowledged_.push_back(request);
  send(request);
}

void JsonClient::send(const std::string& request) {
  const ByteView bytes = bytes_of(request);
  connection().send(server::FrameType::text, {bytes.begin(), bytes.end()});
}

}  // namespace avow::simulation
