#include "avow/wire/json_request.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "avow/model/text.hpp"
#include "avow/wire/json.hpp"

namespace avow::wire {
namespace {

using Kind = JsonView::Kind;
using Members = std::vector<JsonView::Member>;

constexpr std::int64_t id_max = std::int64_t{1} << 53;

Error bad_request(std::string detail) { return {"bad-request", std::move(detail)}; }

std::string quoted(std::string_view key) {
  std::string text;
  append_json_string(text, key.substr(0, 64));
  return text;
}

Result<JsonId> read_id(JsonView json) {
  const std::optional<std::int64_t> id = json.as_int64();
  if (id && *id >= 0 && *id <= id_max) return static_cast<JsonId>(*id);
  return bad_request("An id is a whole number from 0 to 2^53.");
}

Result<Value> read_value(JsonView json, const JsonRequestLimits& limits) {
  if (json.is(Kind::string)) return parse_text(json.text(), limits.value);
  return value_from_json(json, JsonAuthor::client, limits.value);
}

Result<NamedPattern> read_pattern(JsonView json, const std::optional<JsonView>& with,
                                  const JsonRequestLimits& limits) {
  if (json.is(Kind::string)) {
    PatternConstants constants;
    if (with) {
      for (const JsonView::Member& member : with->members()) {
        AVOW_TRY(Value value, value_from_json(member.value, JsonAuthor::client, limits.value));
        constants.insert_or_assign(std::string(member.key), std::move(value));
      }
    }
    return parse_pattern_text(json.text(), constants, limits.pattern);
  }
  if (with) return bad_request("Only a pattern that is text has names for \"with\".");
  AVOW_TRY(const Value wire, value_from_json(json, JsonAuthor::client, limits.value));
  AVOW_TRY(Pattern pattern, Pattern::parse(wire, limits.pattern));
  std::vector<std::string> names(pattern.capture_count());
  return NamedPattern{std::move(pattern), std::move(names), {}};
}

// {"$ref": 4}
Result<std::int64_t> read_target(JsonView json) {
  if (json.is(Kind::object)) {
    const Members members = json.members();
    if (members.size() == 1 && members[0].key == "$ref") {
      if (const std::optional<std::int64_t> oid = members[0].value.as_int64()) return *oid;
    }
  }
  return bad_request("\"to\" is a reference of the server, {\"$ref\": number}.");
}

// The members of a request, each at its place.
struct Parts {
  std::optional<JsonView::Member> verb;
  std::optional<JsonId> id;
  std::optional<std::int64_t> to;
  std::optional<JsonView> with;
};

constexpr std::string_view verbs[] = {"publish", "send", "observe", "query",
                                      "retract", "sync", "open",    "commit"};
bool is_verb(std::string_view key) {
  return std::find(begin(verbs), end(verbs), key) != end(verbs);
}

Result<void> check_once(bool is_there, std::string_view key) {
  if (!is_there) return {};
  return bad_request("The key " + quoted(key) + " stands twice.");
}

Result<void> take_member(const JsonView::Member& member, Parts& parts) {
  if (member.key == "id") {
    AVOW_TRY_VOID(check_once(parts.id.has_value(), "id"));
    AVOW_TRY(parts.id, read_id(member.value));
  } else if (member.key == "to") {
    AVOW_TRY_VOID(check_once(parts.to.has_value(), "to"));
    AVOW_TRY(parts.to, read_target(member.value));
  } else if (member.key == "with") {
    AVOW_TRY_VOID(check_once(parts.with.has_value(), "with"));
    if (!member.value.is(Kind::object)) return bad_request("\"with\" is an object of constants.");
    parts.with = member.value;
  } else if (!is_verb(member.key)) {
    return bad_request("The key " + quoted(member.key) + " is unknown in a request.");
  } else if (parts.verb) {
    return bad_request("One object holds one request, not both " + quoted(parts.verb->key) +
                       " and " + quoted(member.key) + ".");
  } else {
    parts.verb = member;
  }
  return {};
}

Result<Parts> take_apart(const Members& members) {
  Parts parts;
  for (const JsonView::Member& member : members) AVOW_TRY_VOID(take_member(member, parts));
  if (!parts.verb) {
    return bad_request(
        "A request has one of the keys publish, send, observe, query, retract, sync and open.");
  }
  const std::string_view verb = parts.verb->key;
  const bool takes_pattern = verb == "observe" || verb == "query";
  if (parts.with && !takes_pattern) {
    return bad_request("Only \"observe\" and \"query\" take \"with\".");
  }
  if (parts.to && !takes_pattern && verb != "publish" && verb != "send" && verb != "sync") {
    return bad_request("The request " + quoted(verb) + " takes no \"to\".");
  }
  if (!parts.id && (takes_pattern || verb == "sync")) {
    return bad_request("The request " + quoted(verb) + " needs an \"id\" for its answer.");
  }
  return parts;
}

// Makes `Made{read}` of what can be read.
template <class Made, class Read>
Result<decltype(JsonRequest::what)> as_what(Result<Read> read) {
  if (!read) return std::move(read).error();
  return decltype(JsonRequest::what)(Made{*std::move(read)});
}

Result<decltype(JsonRequest::what)> read_what(const Parts& parts, const JsonRequestLimits& limits) {
  const auto& [verb, content] = *parts.verb;
  if (verb == "publish") return as_what<JsonRequest::Publish>(read_value(content, limits));
  if (verb == "send") return as_what<JsonRequest::Send>(read_value(content, limits));
  if (verb == "open") return as_what<JsonRequest::Open>(read_value(content, limits));
  if (verb == "retract") return as_what<JsonRequest::Retract>(read_id(content));
  if (verb == "observe") {
    return as_what<JsonRequest::Observe>(read_pattern(content, parts.with, limits));
  }
  if (verb == "query") {
    return as_what<JsonRequest::Query>(read_pattern(content, parts.with, limits));
  }
  if (verb == "commit") return decltype(JsonRequest::what)(JsonRequest::Commit{});
  if (!content.is(Kind::boolean) || !content.boolean()) {
    return bad_request("A sync is written {\"sync\": true, \"id\": number}.");
  }
  return decltype(JsonRequest::what)(JsonRequest::Sync{});
}

Result<JsonRequest> read_request(const Members& members, const JsonRequestLimits& limits) {
  AVOW_TRY(const Parts parts, take_apart(members));
  AVOW_TRY(auto what, read_what(parts, limits));
  return JsonRequest{.id = parts.id, .to = parts.to, .what = std::move(what)};
}

ReceivedJsonRequest receive(JsonView json, const JsonRequestLimits& limits) {
  if (!json.is(Kind::object)) {
    return {std::nullopt,
            bad_request("A request is an object such as {\"sync\": true, \"id\": 1}.")};
  }
  const Members members = json.members();
  const auto id = std::find_if(members.begin(), members.end(),
                               [](const auto& member) { return member.key == "id"; });
  std::optional<JsonId> readable;
  if (id != members.end()) {
    if (const Result<JsonId> read = read_id(id->value); read) readable = *read;
  }
  return {readable, read_request(members, limits)};
}

}  // namespace

Result<std::vector<ReceivedJsonRequest>> read_json_requests(std::string_view message,
                                                            const JsonRequestLimits& limits) {
  AVOW_TRY(const JsonDocument document, JsonDocument::parse(message, limits.json));
  const JsonView root = document.root();
  std::vector<ReceivedJsonRequest> received;
  if (!root.is(Kind::array)) {
    received.push_back(receive(root, limits));
    return received;
  }
  if (root.size() > limits.requests_max) {
    return Error{"limit",
                 "A list holds more than " + std::to_string(limits.requests_max) + " requests."};
  }
  received.reserve(root.size());
  for (const JsonView request : root) received.push_back(receive(request, limits));
  return received;
}

}  // namespace avow::wire
