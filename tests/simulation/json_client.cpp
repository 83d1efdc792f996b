#include "tests/simulation/json_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json_event.hpp"

namespace avow::simulation {
namespace {

namespace json = boost::json;
using wire::JsonAuthor;

bool is_pair_wish(const Wish& wish) { return wish.pattern == pair_wish().pattern; }

}  // namespace

JsonClient::JsonClient(World& world, Connection& connection, std::uint64_t serial)
    : Client(world, connection, serial), space_(world.random.below(space_count)) {}

void JsonClient::receive(const Arrival& arrival) {
  boost::system::error_code error;
  const json::value message = json::parse(std::string(text_of(arrival.bytes)), error);
  if (error) return fail("cannot read a message: " + error.message());
  expect(!is_over_, "told something after the session was over");
  message_revision_ = 0;
  told_here_.clear();
  if (!std::exchange(heard_hello_, true)) {
    if (!message.is_object() || !message.as_object().contains("hello")) {
      return fail("the first message is no hello");
    }
    epoch_ = message.at("hello").at("epoch").as_string();
    return;
  }
  if (!message.is_array()) return fail("a message is no list: " + json::serialize(message));
  for (const json::value& event : message.as_array()) take_event(event.as_object());
  if (message_revision_ != 0) revision_ = message_revision_;
  check_pairs();
  grant_for_what_was_told();
}

void JsonClient::take_event(const json::object& event) {
  const std::string_view op = event.at("op").as_string();
  if (presence_ == Presence::coming_back) return take_return(event, op);
  if (op == "turn" || op == "acknowledge") return take_own(event, op);
  if (op == "ok" && event.contains("resume")) token_ = event.at("resume").as_string();
  if (op == "add" || op == "remove" || op == "message") return take_change(event, op);
  if (op == "gap" || op == "resync") return take_gap(event, op);
  if (op == "synced") take_revision(event);
  if (op == "synced" && take_caught_up(event)) return;
  if (op == "ok" || op == "synced") {
    return take_answer(event.at("id").to_number<Id>(), op == "ok" ? Awaited::ok : Awaited::synced);
  }
  if (op == "sync" && event.contains("at")) return;  // Asked by another client; not answered.
  if (op == "error" && take_unsynced(event)) return;
  if (op == "error" && !event.contains("id")) {
    is_over_ = true;  // Whether there was a reason is judged elsewhere.
    return;
  }
  fail("told " + json::serialize(event));
}

void JsonClient::take_change(const json::object& event, std::string_view op) {
  if (event.contains("at")) return take_note(event, op);
  const Id id = event.at("id").to_number<Id>();
  if (const auto query = queries_.find(id); query != queries_.end()) {
    return take_row(event, query->second);
  }
  const auto observer = observers_.find(id);
  if (observer == observers_.end()) return check_withdrawn(id, op);
  take_revision(event);
  if (observer->second.pauses) to_grant_.insert(id);
  const std::optional<Value> fact = fact_of(event, observer->second.wish);
  if (!fact) return;
  std::string wrong;
  if (op == "add") wrong = observer->second.view.add(*fact);
  if (op == "remove") wrong = observer->second.view.remove(*fact);
  if (op == "message") {
    // That it matches has been checked; that it was sent is left.
    static const Wish anything{.pattern = capturing_whole(Pattern())};
    wrong = observer->second.inbox.take(world(), space_, anything, sequence(*fact));
  }
  expect(wrong.empty(), "observer " + std::to_string(id) + ": " + wrong);
}

// At a mailbox: a note comes or goes, or a message is sent to it.
void JsonClient::take_note(const json::object& event, std::string_view op) {
  const auto mailbox = event.at("at").at("$mine").to_number<std::int64_t>();
  if (op == "remove") {
    expect(notes_.erase(event.at("handle").to_number<std::uint64_t>()) == 1,
           "told the end of a note that is not there");
    return;
  }
  const Result<Value> body =
      wire::value_from_json_text(json::serialize(event.at("fact")), JsonAuthor::server);
  if (!body) return fail("cannot read a note: " + body.error().detail);
  const auto own = static_cast<std::uint64_t>(global(mailbox));
  expect(body->view().element(0)->as_uint64() == own, "a mailbox got " + to_text(*body));
  if (op == "add") notes_[event.at("handle").to_number<std::uint64_t>()] = *body;
}

void JsonClient::take_row(const json::object& event, Query& query) {
  if (const std::optional<Value> fact = fact_of(event, query.wish)) {
    const std::string wrong = query.rows.add(*fact);
    expect(wrong.empty(), "a query is " + wrong);
  }
}

// It reads too slowly. From a gap on an observer is told nothing, then all that it has missed in
// one message, which says so last; or everything anew. That is told too where it wanted to go on
// from a revision, and cannot.
void JsonClient::take_gap(const json::object& event, std::string_view op) {
  const Id id = event.at("id").to_number<Id>();
  const auto observer = observers_.find(id);
  if (observer == observers_.end()) {
    return expect(withdrawn_.contains(id), "told of a gap in nothing");
  }
  if (op == "resync") {
    observer->second.is_told_anew = true;
    observer->second.late_after.reset();
    return observer->second.view.clear();
  }
  expect(!observer->second.late_after, "told of a gap in a gap");
  observer->second.late_after = event.at("after").to_number<std::uint64_t>();
}

// Whether it is that, and not the end of a snapshot.
bool JsonClient::take_caught_up(const json::object& event) {
  const Id id = event.at("id").to_number<Id>();
  if (withdrawn_.contains(id) && !awaited_.contains(id)) return true;
  const auto observer = observers_.find(id);
  if (observer == observers_.end()) return false;
  if (event.contains("missed")) {
    observer->second.missed += event.at("missed").to_number<std::size_t>();
  }
  const bool was_told_anew = std::exchange(observer->second.is_told_anew, false);
  const bool was_late = std::exchange(observer->second.late_after, std::nullopt).has_value();
  return (was_late || was_told_anew) && !awaited_.contains(id);
}

// A subscription that is retracted before all that was there has been told is answered by that.
bool JsonClient::take_unsynced(const json::object& event) {
  if (!event.contains("id")) return false;
  const Id id = event.at("id").to_number<Id>();
  return withdrawn_.contains(id) && event.at("code").as_string() == "retracted" &&
         awaited_.erase(id) == 1;
}

// The server may not have heard of the retraction yet. In the turn in which it does, the observer
// is told of messages only, and after that of nothing.
void JsonClient::check_withdrawn(Id id, std::string_view op) {
  const auto withdrawn = withdrawn_.find(id);
  if (withdrawn == withdrawn_.end()) return fail("told something that was never asked for");
  expect(awaited_.contains(withdrawn->second), "a retracted observer is told something");
  if (op != "message") told_here_.insert(id);
}

void JsonClient::take_answer(Id id, Awaited how) {
  const auto awaited = awaited_.find(id);
  if (awaited == awaited_.end() || awaited->second != how) {
    return fail("request " + std::to_string(id) + " is answered wrongly, or twice");
  }
  awaited_.erase(awaited);
  for (const auto& [observer, retraction] : withdrawn_) {
    expect(retraction != id || !told_here_.contains(observer),
           "an observer is told something in the turn that retracts it");
  }
  if (const auto query = queries_.extract(id); !query.empty()) {
    const std::string wrong = difference(query.mapped().expected, query.mapped().rows.held());
    expect(wrong.empty(), "a query is answered wrongly: " + wrong);
  }
  if (const auto sync = syncs_.extract(id); !sync.empty()) check_synced(sync.mapped());
}

// One message is one turn, and so at one revision, which is above all before it.
void JsonClient::take_revision(const json::object& event) {
  const auto revision = event.at("rev").to_number<std::uint64_t>();
  expect(message_revision_ == 0 || message_revision_ == revision,
         "one message speaks of two revisions");
  message_revision_ = revision;
  expect(revision > revision_,
         "revision " + std::to_string(revision) + " is told after " + std::to_string(revision_));
}

// The fact that an event tells, if it and its captures are what `wish` asks for.
std::optional<Value> JsonClient::fact_of(const json::object& event, const Wish& wish) {
  Result<Value> fact =
      wire::value_from_json_text(json::serialize(event.at("fact")), JsonAuthor::server);
  if (!fact) {
    fail("cannot read a fact: " + fact.error().detail);
    return std::nullopt;
  }
  const std::optional<Value> captures = wish.pattern.match(*fact);
  if (!captures || !satisfies(wish.same, *captures)) {
    fail("told of " + to_text(*fact) + ", which does not match");
    return std::nullopt;
  }
  std::string expected = "{";
  wire::append_json_captures(expected, *captures, 0, wish.names, JsonAuthor::server);
  const json::value parsed = json::parse(expected + "}");
  expect(parsed.as_object().at("captures") == event.at("captures"),
         "captures of " + to_text(*fact) + " are told as " + json::serialize(event.at("captures")));
  return std::move(fact).value();
}

bool JsonClient::has_all(Id id) const {
  const Observer& observer = observers_.at(id);
  return !awaited_.contains(id) && !observer.late_after && !observer.is_told_anew;
}

void JsonClient::check_synced(const Snapshot& before) {
  for (const Id observer_id : before.observers) {
    const auto observer = observers_.find(observer_id);
    if (observer == observers_.end() || !has_all(observer_id)) continue;
    if (observer->second.pauses) continue;  // It may have no credit.
    for (const Id fact_id : before.facts) {
      const auto fact = facts_.find(fact_id);
      if (fact == facts_.end() || !is_wanted(observer->second.wish, fact->second.fact)) continue;
      expect(observer->second.view.holds(without_references(fact->second.fact)),
             "a sync is answered before its fact " + to_text(fact->second.fact) + " is told");
    }
  }
}

void JsonClient::check_pairs() const {
  for (const auto& [id, observer] : observers_) {
    if (!is_pair_wish(observer.wish) || !has_all(id)) continue;
    std::map<std::string, int> halves;
    for (const Value& fact : observer.view.held_as_told()) {
      ++halves[to_text(*fact.view().element(0))];
    }
    for (const auto& [number, count] : halves) {
      expect(count == 2, "half of pair " + number + " is seen");
    }
  }
}

void JsonClient::tell(Truth& truth) const {
  for (const auto& [id, fact] : facts_) truth.add(space_, fact.fact);
}

void JsonClient::check(const Truth& truth) {
  std::vector<Value> notes;
  for (const auto& [handle, note] : notes_) notes.push_back(note);
  expect(truth.has_notes(notes), "a mailbox holds a note that nobody asserts");
  expect(awaited_.empty(), std::to_string(awaited_.size()) + " requests are not answered");
  for (auto& [id, observer] : observers_) {
    std::vector<Value> expected;
    for (const Value& fact : truth.matching(space_, observer.wish)) {
      expected.push_back(without_references(fact));
    }
    sort_values(expected);
    const std::string wrong = difference(expected, observer.view.held());
    expect(wrong.empty(), "observer " + std::to_string(id) + " of " +
                              to_text(observer.wish.pattern.to_value()) + ": " + wrong);
    expect(has_all(id), "observer " + std::to_string(id) + " has not caught up");
    (void)observer.inbox.take_count();
    observer.missed = 0;
  }
}

void JsonClient::check_message(std::size_t space, const Value& message) {
  for (auto& [id, observer] : observers_) {
    const std::size_t wanted = space == space_ && is_wanted(observer.wish, message) ? 1 : 0;
    expect(observer.inbox.take_count() + std::exchange(observer.missed, 0) == wanted,
           "observer " + std::to_string(id) + " is told of a message other than once");
  }
}

}  // namespace avow::simulation
