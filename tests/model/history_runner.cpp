#include "tests/model/history_runner.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "avow/model/text.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/dataspace/turn_maker.hpp"
#include "tests/model/naive_dataspace.hpp"

namespace avow::test {
namespace {

using namespace server;  // NOLINT: the test speaks of nothing else.

struct Told {
  Change change;
  Value captures;
  std::uint64_t token = 0;

  auto key() const {
    return std::tuple(change.topic, change.capture, change.kind, change.cause,
                      change.holds_references, token);
  }
  bool operator==(const Told& other) const {
    return key() == other.key() && captures == other.captures;
  }
};

// One dataspace with all that it told, and what its host knows.
class Subject final : public ObserverHost, public DeliverySink {
 public:
  Subject(const HashKey& key, const DataspaceLimits& limits) : space(key, *this, limits) {}

  void apply(Turn& turn, const Act& act) {
    current = act.value;
    if (act.kind == Act::Kind::send) {
      space.send(turn, act.value);
    } else if (act.kind == Act::Kind::publish) {
      const ParsedInterest parsed = parse_interest(act.value);
      const FactId fact =
          space.publish(turn, act.value, parsed.interest ? &*parsed.interest : nullptr);
      facts[text_of_value(act.value)].push_back(fact);
    } else {
      std::vector<FactId>& supports = facts[text_of_value(act.value)];
      if (supports.empty()) return;
      space.retract(turn, supports.back(), act.cause);
      supports.pop_back();
    }
  }

  std::uint32_t observer_added(ReferenceId reference, TopicId topic,
                               std::optional<Observer> known) override {
    if (known.has_value() != (observers_of.count(topic) != 0)) fault = "a topic is not as told";
    if (known && (observes.count(known->token) == 0 || topic_of[known->token] != topic)) {
      fault = "a topic is told to have an observer that it has not";
    }
    references.push_back(reference);
    observes[++last_token] = current;
    ever_observes.push_back(current);
    ++observers_of[topic];
    topic_of[last_token] = topic;
    return last_token;
  }
  void observer_removed(std::uint32_t token, TopicId topic) override {
    if (topic != topic_of[token]) fault = "an observer was removed from another topic";
    if (observes.erase(token) != 1) fault = "an observer was removed twice";
    --observers_of[topic_of[token]];
  }
  void topic_ended(TopicId topic) override {
    if (observers_of[topic] != 0) fault = "a topic ended before its observers";
    if (observers_of.erase(topic) != 1) fault = "a topic ended twice";
  }
  void deliver(const Change& change, ByteView captures,
               std::span<const Observer> observers) override {
    if (observers.empty()) fault = "a change was told to nobody";
    for (const Observer& observer : observers) {
      told.push_back({change, Value::from_canonical(captures), observer.token});
      if (observes.find(observer.token) == observes.end()) fault = "a stranger was told something";
      if (references[observer.token - 1] !=
          ever_observes[observer.token - 1].view().element(1)->as_reference()) {
        fault = "an observer has another's reference";
      }
    }
  }

  static std::string text_of_value(const Value& value) {
    return std::string(text_of(value.bytes()));
  }

  TurnMaker turns;
  Value current;
  std::uint32_t last_token = 0;
  std::map<std::string, std::vector<FactId>> facts;
  std::map<std::uint64_t, Value> observes;
  std::vector<Value> ever_observes;     // The token 1 is the first.
  std::vector<ReferenceId> references;  // Likewise.
  std::map<std::uint64_t, TopicId> topic_of;
  std::map<TopicId, int> observers_of;
  std::vector<Told> told;
  std::optional<std::string> fault;
  Dataspace space;
};

// Small enough that directories come and go in short histories, and searches take several turns.
DataspaceLimits limits_with_directories() {
  DataspaceLimits limits;
  limits.directories = {.facts_min = 2,
                        .scans_before = 2,
                        .idle_changes_min = 4,
                        .idle_changes_factor = 1,
                        .facts_a_step = 3,
                        .per_label_max = 2};
  return limits;
}

class Runner {
 public:
  std::optional<std::string> run(const History& history) {
    for (const HistoryTurn& turn : history) {
      run_turn(turn);
      if (problem_) return problem_;
    }
    return std::nullopt;
  }

 private:
  void run_turn(const HistoryTurn& script) {
    Turn turn = subject_.turns.next(0, script.step_by_step);
    Turn other_turn = other_.turns.next(0, script.step_by_step);
    for (const Act& act : script.acts) {
      subject_.apply(turn, act);
      other_.apply(other_turn, act);
      apply_to_model(act);
      if (script.step_by_step) settle(turn, other_turn);
    }
    settle(turn, other_turn);
    for (const Value& query : script.queries) compare_query(query);
    search(script);
    compare_counts();
  }

  void apply_to_model(const Act& act) {
    if (act.kind == Act::Kind::publish) model_.publish(act.value);
    if (act.kind == Act::Kind::retract) model_.retract(act.value, act.cause);
    if (act.kind == Act::Kind::send) model_.send(act.value);
  }

  void settle(Turn& turn, Turn& other_turn) {
    subject_.space.settle(turn, subject_);
    other_.space.settle(other_turn, other_);
    compare_deliveries(model_.settle());
    if (subject_.told != other_.told) problem("what is told follows the order of a hash table");
    if (subject_.fault) problem(*subject_.fault);
    subject_.told.clear();
    other_.told.clear();
  }

  // What is told must be what is expected; deliveries of one place may come in any order.
  void compare_deliveries(const std::vector<ExpectedDelivery>& expected) {
    std::vector<ExpectedDelivery> got;
    for (const Told& each : subject_.told) {
      got.push_back({.observe = observe_of(each),
                     .kind = each.change.kind,
                     .captures = each.captures,
                     .cause = each.change.cause});
      check_capture(each);
    }
    std::vector<std::string> keys;
    std::vector<std::string> keys_expected;
    keys.reserve(got.size());
    keys_expected.reserve(expected.size());
    for (const ExpectedDelivery& each : got) keys.push_back(key_of(each));
    for (const ExpectedDelivery& each : expected) keys_expected.push_back(key_of(each));
    bool same = keys.size() == keys_expected.size();
    for (std::size_t first = 0; same && first < expected.size();) {
      std::size_t last = first + 1;
      while (last < expected.size() && expected[last].kind == expected[first].kind &&
             expected[last].place == expected[first].place) {
        ++last;
      }
      sort_part(keys, first, last);
      sort_part(keys_expected, first, last);
      first = last;
    }
    if (same && keys == keys_expected) return;
    problem("told:\n" + text_of_all(got) + "expected:\n" + text_of_all(expected));
  }

  static void sort_part(std::vector<std::string>& lines, std::size_t first, std::size_t last) {
    const auto at = [&](std::size_t i) { return lines.begin() + static_cast<std::ptrdiff_t>(i); };
    std::sort(at(first), at(last));
  }

  static std::string key_of(const ExpectedDelivery& each) {
    std::string key{static_cast<char>(each.kind), static_cast<char>(each.cause)};
    key += text_of(each.captures.bytes());
    key += text_of(each.observe.bytes());
    return key;
  }
  static std::string text_of_all(const std::vector<ExpectedDelivery>& deliveries) {
    static constexpr const char* kinds[] = {"appear ", "message ", "disappear "};
    std::string text;
    for (const ExpectedDelivery& each : deliveries) {
      text += std::string("  ") + kinds[static_cast<int>(each.kind)];
      text += avow::to_text(each.captures) + " " + std::string(name_of(each.cause));
      text += " to " + avow::to_text(each.observe) + "\n";
    }
    return text;
  }
  // Of the removed ones too, which this turn may have told something still.
  Value observe_of(const Told& each) { return subject_.ever_observes[each.token - 1]; }

  // A capture's number is that of the topic and the captures, from appearance to disappearance.
  void check_capture(const Told& each) {
    if (each.change.holds_references != each.captures.holds_references()) {
      problem("a change is wrong about holding references");
    }
    if (each.change.topic != subject_.topic_of[each.token]) problem("a change has a wrong topic");
    if (each.change.kind == ChangeKind::message) return;
    auto& held = held_[each.token];
    const std::string captures = Subject::text_of_value(each.captures);
    if (each.change.kind == ChangeKind::appear) {
      held[captures] = each.change.capture;
      const auto [entry, is_new] =
          meaning_.try_emplace(each.change.capture, std::pair(each.change.topic, captures));
      if (!is_new && entry->second != std::pair(each.change.topic, captures)) {
        problem("a capture's number was used for another");
      }
    } else if (held[captures] != each.change.capture) {
      problem("a capture disappeared under another number");
    }
  }

  void compare_query(const Value& observe) {
    const ParsedInterest parsed = parse_interest(observe);
    if (!parsed.interest) return problem("a query does not parse");
    std::vector<Value> in_order;
    std::vector<Value> in_order_of_other;
    std::vector<std::string> wanted;
    for (const Value& row : model_.query(*parsed.interest)) {
      wanted.push_back(Subject::text_of_value(row));
    }
    subject_.space.query(*parsed.interest, [&](ByteView row) {
      in_order.push_back(Value::from_canonical(row));
      return true;
    });
    other_.space.query(*parsed.interest, [&](ByteView row) {
      in_order_of_other.push_back(Value::from_canonical(row));
      return true;
    });
    std::vector<std::string> got;
    got.reserve(in_order.size());
    for (const Value& row : in_order) got.push_back(Subject::text_of_value(row));
    std::sort(wanted.begin(), wanted.end());
    std::sort(got.begin(), got.end());
    if (wanted != got) {
      problem("a query has " + std::to_string(got.size()) + " rows, not " +
              std::to_string(wanted.size()));
    }
    if (in_order != in_order_of_other) problem("rows follow the order of a hash table");
  }

  // The subject searches for one query's rows over several turns. When all are found, they are what
  // the others come to at once.
  void search(const HistoryTurn& script) {
    if (!searched_ && !script.queries.empty()) {
      searched_ = script.queries.front();
      const std::vector<Interest> interests = {*parse_interest(*searched_).interest};
      subject_.space.begin_search(interests);
    }
    subject_.space.index_some();
    if (!subject_.space.has_found()) return;
    compare_query(*searched_);
    subject_.space.end_search();
    searched_.reset();
  }

  void compare_counts() {
    std::size_t visited = 0;
    subject_.space.visit_facts([&](ValueView fact, std::uint32_t supports) {
      ++visited;
      if (model_.supports(Value(fact)) != supports) problem("a fact has wrong supports");
    });
    if (visited != model_.fact_count() || subject_.space.fact_count() != visited) {
      problem("facts are missing, or too many");
    }
    if (subject_.space.interest_count() != model_.interest_count()) {
      problem("interests are missing, or too many");
    }
    if (subject_.space.topic_count() != subject_.observers_of.size()) {
      problem("topics did not end, or were not told to end");
    }
    if (subject_.space.interest_count() != subject_.observes.size()) {
      problem("observers were not told to be removed");
    }
  }

  void problem(std::string text) {
    if (!problem_) problem_ = std::move(text);
  }

  Subject subject_{HashKey{1, 2}, limits_with_directories()};
  Subject other_{HashKey{0x1234567890abcdef, 0xfedcba0987654321}, {}};
  NaiveDataspace model_;
  std::map<std::uint64_t, std::map<std::string, CaptureId>> held_;
  std::map<CaptureId, std::pair<TopicId, std::string>> meaning_;
  std::optional<Value> searched_;
  std::optional<std::string> problem_;
};

}  // namespace

std::optional<std::string> difference_in(const History& history) { return Runner().run(history); }

}  // namespace avow::test
