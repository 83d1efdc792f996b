#include "avow/wire/json_commit.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "avow/wire/keeper.hpp"

namespace avow::wire {
namespace {

using JsonKind = JsonView::Kind;
using Members = std::vector<JsonView::Member>;

constexpr std::string_view option_keys[] = {"require", "absent", "turn-id", "level",
                                            "timeout", "ack",    "delay"};
constexpr std::string_view operation_keys[] = {"put",      "drop",  "slot", "item", "take",   "ack",
                                               "lease-to", "renew", "end",  "send", "outcome"};

template <std::size_t size>
bool is_one_of(const std::string_view (&keys)[size], std::string_view key) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

// Reads one commit; what its pieces have in common is here.
class CommitReader {
 public:
  CommitReader(PatternConstants constants, const JsonRequestLimits& limits)
      : constants_(std::move(constants)), limits_(limits) {}

  Result<void> read_operation(JsonView json);
  Result<void> read_take(JsonView pattern);
  Result<void> read_option(const JsonView::Member& option);
  Result<JsonRequest::Commit> finish(bool is_last_turn);

 private:
  Result<void> read_operation(const JsonView::Member& verb, const std::optional<JsonView>& fact);
  Result<void> read_with_fact(const JsonView::Member& verb, JsonView fact);
  Result<NamedPattern> read_pattern(JsonView json);
  Result<std::vector<Value>> read_patterns(JsonView json, std::string_view key);
  [[nodiscard]] Result<Value> read_value(JsonView json) const {
    return read_json_value(json, limits_);
  }

  const PatternConstants constants_;
  const JsonRequestLimits& limits_;
  std::set<std::string, std::less<>> used_;
  keeper::Operations operations_;
  keeper::CommitOptions options_;
  std::vector<NamedPattern> takes_;
};

Result<std::uint64_t> read_number(const JsonView::Member& member) {
  const std::optional<std::int64_t> number = member.value.as_int64();
  if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
  return bad_request("Under " + quoted(member.key) +
                     " stands the number that the server has given.");
}

// ["36b8f84d-df4e-4d49-b662-bcde71a8764f", 7]
Result<TurnId> read_turn_id(JsonView json) {
  const Error wrong = bad_request(
      "The name of a turn is written [\"36b8f84d-df4e-4d49-b662-bcde71a8764f\", 7]: 16 random "
      "bytes of the client in hexadecimal digits, and a number.");
  if (!json.is(JsonKind::array) || json.size() != 2) return wrong;
  const JsonView client = *json.begin();
  const std::optional<std::int64_t> number = (*++json.begin()).as_int64();
  if (!client.is(JsonKind::string) || !number || *number < 0) return wrong;
  const auto id = parse_client_id(client.text());
  if (!id) return wrong;
  return TurnId{*id, static_cast<std::uint64_t>(*number)};
}

Result<void> CommitReader::read_operation(JsonView json) {
  if (!json.is(JsonKind::object)) {
    return bad_request("An operation is an object such as {\"put\": \"<config \\\"a\\\" 1>\"}.");
  }
  std::optional<JsonView::Member> verb;
  std::optional<JsonView> fact;
  for (const JsonView::Member& member : json.members()) {
    if (member.key == "fact" && !fact) {
      fact = member.value;
    } else if (!is_one_of(operation_keys, member.key)) {
      return bad_request("The key " + quoted(member.key) + " is unknown in an operation.");
    } else if (verb) {
      return bad_request("One object holds one operation, not both " + quoted(verb->key) + " and " +
                         quoted(member.key) + ".");
    } else {
      verb = member;
    }
  }
  if (!verb) {
    return bad_request(
        "An operation has one of the keys put, drop, slot, item, take, ack, lease-to, renew, end, "
        "send and outcome.");
  }
  return read_operation(*verb, fact);
}

Result<void> CommitReader::read_operation(const JsonView::Member& verb,
                                          const std::optional<JsonView>& fact) {
  if (fact) return read_with_fact(verb, *fact);
  const auto& [key, content] = verb;
  if (key == "lease-to") {
    return bad_request("A fact is attached by {\"lease-to\": number, \"fact\": value}.");
  }
  if (key == "take") return read_take(content);
  if (key == "outcome") {
    AVOW_TRY(const TurnId id, read_turn_id(content));
    operations_.outcome(id);
    return {};
  }
  if (key == "ack" || key == "renew" || key == "end") {
    AVOW_TRY(const std::uint64_t number, read_number(verb));
    if (key == "ack") operations_.ack(number);
    if (key == "renew") operations_.renew(number);
    if (key == "end") operations_.end(number);
    return {};
  }
  AVOW_TRY(const Value value, read_value(content));
  if (key == "put") operations_.put(value);
  if (key == "drop") operations_.drop(value);
  if (key == "slot") operations_.clear_slot(value);
  if (key == "item") operations_.item(value);
  if (key == "send") operations_.send(value);
  return {};
}

Result<void> CommitReader::read_with_fact(const JsonView::Member& verb, JsonView fact) {
  AVOW_TRY(const Value value, read_value(fact));
  if (verb.key == "slot") {
    AVOW_TRY(const Value key, read_value(verb.value));
    operations_.slot(key, value);
  } else if (verb.key == "lease-to") {
    AVOW_TRY(const std::uint64_t lease, read_number(verb));
    operations_.lease_to(lease, value);
  } else {
    return bad_request("The operation " + quoted(verb.key) + " takes no \"fact\".");
  }
  return {};
}

Result<void> CommitReader::read_take(JsonView pattern) {
  AVOW_TRY(NamedPattern named, read_pattern(pattern));
  operations_.take(named.pattern.to_value());
  takes_.push_back(std::move(named));
  return {};
}

// A constant stands where the text has its name, so the names are looked for first.
Result<NamedPattern> CommitReader::read_pattern(JsonView json) {
  if (!json.is(JsonKind::string)) return read_json_wire_pattern(json, limits_);
  AVOW_TRY(NamedPattern named, parse_pattern_text(json.text(), {}, limits_.pattern));
  PatternConstants here;
  for (const std::string& name : named.names) {
    const auto constant = constants_.find(name);
    if (constant == constants_.end()) continue;
    here.insert(*constant);
    used_.insert(name);
  }
  if (!here.empty()) {
    AVOW_TRY(named, parse_pattern_text(json.text(), here, limits_.pattern));
  }
  if (named.same.empty()) return named;
  return Error{
      "unsupported",
      "A pattern of a commit can use a name once; equal captures cannot be demanded here."};
}

Result<std::vector<Value>> CommitReader::read_patterns(JsonView json, std::string_view key) {
  if (!json.is(JsonKind::array)) return bad_request(quoted(key) + " is a list of patterns.");
  std::vector<Value> patterns;
  for (const JsonView one : json) {
    AVOW_TRY(const NamedPattern named, read_pattern(one));
    patterns.push_back(named.pattern.to_value());
  }
  return patterns;
}

Result<void> CommitReader::read_option(const JsonView::Member& option) {
  const auto& [key, content] = option;
  if (key == "require") {
    AVOW_TRY(options_.require, read_patterns(content, key));
  } else if (key == "absent") {
    AVOW_TRY(options_.absent, read_patterns(content, key));
  } else if (key == "turn-id") {
    AVOW_TRY(options_.turn_id, read_turn_id(content));
  } else if (key == "timeout") {
    AVOW_TRY(options_.timeout_ms, read_json_count(content, "\"timeout\" is"));
  } else if (key == "delay") {
    AVOW_TRY(options_.delay_ms, read_json_count(content, "\"delay\" is"));
  } else if (key == "ack") {
    if (!content.is(JsonKind::boolean)) return bad_request("\"ack\" is true or false.");
    options_.ack = content.boolean();
  } else {
    const bool is_text = content.is(JsonKind::string);
    if (is_text && content.text() == "durable") {
      options_.level = Level::durable;
    } else if (is_text && content.text() == "accepted") {
      options_.level = Level::accepted;
    } else {
      return bad_request("\"level\" is \"durable\" or \"accepted\".");
    }
  }
  return {};
}

Result<JsonRequest::Commit> CommitReader::finish(bool is_last_turn) {
  for (const auto& [name, constant] : constants_) {
    if (used_.contains(name)) continue;
    return Error{"unknown-name", "No pattern of the commit has the name " + quoted(name) + "."};
  }
  return JsonRequest::Commit{is_last_turn, operations_.finish(), to_value(options_),
                             std::move(takes_)};
}

}  // namespace

bool is_json_commit_option(std::string_view key) { return is_one_of(option_keys, key); }

Result<JsonRequest::Commit> read_json_commit(const JsonView::Member& verb, const Members& options,
                                             const JsonConstants& with,
                                             const JsonRequestLimits& limits) {
  AVOW_TRY(PatternConstants constants, with.read(limits.value));
  CommitReader reader(std::move(constants), limits);
  if (verb.key == "take") {
    AVOW_TRY_VOID(reader.read_take(verb.value));
  } else if (!verb.value.is(JsonKind::array)) {
    return bad_request(
        "A commit is a list of operations: {\"commit\": [{\"put\": …}], \"id\": 1}; so is a "
        "last turn.");
  } else {
    for (const JsonView operation : verb.value) AVOW_TRY_VOID(reader.read_operation(operation));
  }
  for (const JsonView::Member& option : options) AVOW_TRY_VOID(reader.read_option(option));
  return reader.finish(verb.key == "last-turn");
}

}  // namespace avow::wire
