#include "avow/wire/json_request.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "avow/wire/json_commit.hpp"
#include "avow/wire/json_delivery.hpp"
#include "avow/wire/json_parts.hpp"
#include "avow/wire/json_session.hpp"

namespace avow::wire {
namespace {

using JsonKind = JsonView::Kind;
using Members = std::vector<JsonView::Member>;

// {"$ref": 4}
Result<std::int64_t> read_target(JsonView json) {
  if (json.is(JsonKind::object)) {
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
  JsonConstants with;
  Members options;  // Of a commit, an observation, or of what is about the session.
};

// What a verb goes together with.
struct Verb {
  std::string_view name;
  bool needs_id = false;
  bool takes_target = false;
  bool takes_constants = false;
  bool takes_options = false;
};
constexpr Verb verbs[] = {
    {.name = "publish", .takes_target = true},
    {.name = "send", .takes_target = true},
    {.name = "observe", .needs_id = true, .takes_target = true, .takes_constants = true},
    {.name = "query", .needs_id = true, .takes_target = true, .takes_constants = true},
    {.name = "retract"},
    {.name = "sync", .needs_id = true, .takes_target = true},
    {.name = "wait", .needs_id = true, .takes_target = true},
    {.name = "open"},
    {.name = "commit",
     .needs_id = true,
     .takes_target = true,
     .takes_constants = true,
     .takes_options = true},
    {.name = "take",
     .needs_id = true,
     .takes_target = true,
     .takes_constants = true,
     .takes_options = true},
    {.name = "last-turn",
     .needs_id = true,
     .takes_target = true,
     .takes_constants = true,
     .takes_options = true},
    {.name = "lease", .needs_id = true, .takes_target = true},
    {.name = "grant"},
    {.name = "resume", .needs_id = true},
    {.name = "acknowledge"},
};

const Verb* find_verb(std::string_view key) {
  const auto* const found = std::find_if(std::begin(verbs), std::end(verbs),
                                         [key](const Verb& verb) { return verb.name == key; });
  return found == std::end(verbs) ? nullptr : found;
}

Result<void> check_once(bool is_there, std::string_view key) {
  if (!is_there) return {};
  return bad_request("The key " + quoted(key) + " stands twice.");
}

Result<void> take_member(const JsonView::Member& member, Parts& parts) {
  if (member.key == "id") {
    AVOW_TRY_VOID(check_once(parts.id.has_value(), "id"));
    AVOW_TRY(parts.id, read_json_id(member.value));
  } else if (member.key == "to") {
    AVOW_TRY_VOID(check_once(parts.to.has_value(), "to"));
    AVOW_TRY(parts.to, read_target(member.value));
  } else if (member.key == "with") {
    AVOW_TRY_VOID(check_once(parts.with.given(), "with"));
    if (!member.value.is(JsonKind::object))
      return bad_request("\"with\" is an object of constants.");
    parts.with = JsonConstants(member.value);
  } else if (is_json_commit_option(member.key) || is_json_session_option(member.key)) {
    for (const JsonView::Member& other : parts.options) {
      AVOW_TRY_VOID(check_once(other.key == member.key, member.key));
    }
    parts.options.push_back(member);
  } else if (find_verb(member.key) == nullptr) {
    return bad_request("The key " + quoted(member.key) + " is unknown in a request.");
  } else if (parts.verb) {
    return bad_request("One object holds one request, not both " + quoted(parts.verb->key) +
                       " and " + quoted(member.key) + ".");
  } else {
    parts.verb = member;
  }
  return {};
}

Result<void> check_option(const Verb& verb, std::string_view option) {
  if (is_json_session_option(option)) {
    if (goes_with_json_session(option, verb.name)) return {};
    return bad_request("The request " + quoted(verb.name) + " takes no " + quoted(option) +
                       "; \"open\" takes \"grace\", \"observe\" takes \"from\", \"epoch\", "
                       "\"else\", \"progress\", \"count\", \"others\", \"policy\", \"credit\" "
                       "and \"conflate\", \"grant\" takes \"turns\" and \"bytes\", "
                       "\"resume\" takes \"received\", \"space\" and \"epoch\".");
  }
  if (verb.takes_options) return {};
  return bad_request("The request " + quoted(verb.name) + " takes no " + quoted(option) +
                     "; \"commit\", \"take\" and \"last-turn\" do.");
}

Result<Parts> take_apart(const Members& members) {
  Parts parts;
  for (const JsonView::Member& member : members) AVOW_TRY_VOID(take_member(member, parts));
  if (!parts.verb) {
    return bad_request(
        "A request has one of the keys publish, send, observe, query, retract, sync, wait, open, "
        "commit, "
        "take, last-turn, lease, grant, resume and acknowledge.");
  }
  const Verb& verb = *find_verb(parts.verb->key);
  const std::string name = quoted(verb.name);
  if (parts.with.given() && !verb.takes_constants) {
    return bad_request("The request " + name + " has no pattern for \"with\".");
  }
  if (parts.to && !verb.takes_target) {
    return bad_request("The request " + name + " takes no \"to\".");
  }
  for (const JsonView::Member& option : parts.options) {
    AVOW_TRY_VOID(check_option(verb, option.key));
  }
  if (!parts.id && verb.needs_id) {
    return bad_request("The request " + name + " needs an \"id\" for its answer.");
  }
  return parts;
}

// Makes `Made{read}` of what can be read.
template <class Made, class Read>
Result<decltype(JsonRequest::what)> as_what(Result<Read> read) {
  if (!read) return std::move(read).error();
  return decltype(JsonRequest::what)(Made{*std::move(read)});
}

template <class Read>
Result<decltype(JsonRequest::what)> as_itself(Result<Read> read) {
  if (!read) return std::move(read).error();
  return decltype(JsonRequest::what)(*std::move(read));
}

Result<decltype(JsonRequest::what)> read_what(const Parts& parts, const JsonRequestLimits& limits) {
  const auto& [verb, content] = *parts.verb;
  if (verb == "publish") return as_what<JsonRequest::Publish>(read_json_value(content, limits));
  if (verb == "send") return as_what<JsonRequest::Send>(read_json_value(content, limits));
  if (verb == "retract") return as_what<JsonRequest::Retract>(read_json_id(content));
  if (verb == "observe" || verb == "query") {
    AVOW_TRY(NamedPattern pattern, read_json_pattern(content, parts.with, limits));
    if (verb == "observe") return as_itself(read_json_observe(std::move(pattern), parts.options));
    return decltype(JsonRequest::what)(JsonRequest::Query{std::move(pattern)});
  }
  if (verb == "commit" || verb == "take" || verb == "last-turn") {
    AVOW_TRY(auto commit, read_json_commit(*parts.verb, parts.options, parts.with, limits));
    return decltype(JsonRequest::what)(std::move(commit));
  }
  if (verb == "open") return as_itself(read_json_open(content, parts.options, limits));
  if (verb == "resume") return as_itself(read_json_resume(content, parts.options));
  if (verb == "grant") return as_itself(read_json_grant(content, parts.options));
  if (verb == "acknowledge") return as_itself(read_json_acknowledge(content));
  if (verb == "wait") {
    AVOW_TRY(const std::uint64_t revision, read_json_count(content, "A wait is for"));
    return decltype(JsonRequest::what)(JsonRequest::Wait{revision});
  }
  if (verb == "lease") {
    AVOW_TRY(const std::uint64_t ttl, read_json_count(content, "A lease lasts"));
    return decltype(JsonRequest::what)(JsonRequest::Lease{ttl});
  }
  if (!content.is(JsonKind::boolean) || !content.boolean()) {
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
  if (!json.is(JsonKind::object)) {
    return {std::nullopt,
            bad_request("A request is an object such as {\"sync\": true, \"id\": 1}.")};
  }
  const Members members = json.members();
  const auto id = std::find_if(members.begin(), members.end(),
                               [](const auto& member) { return member.key == "id"; });
  std::optional<JsonId> readable;
  if (id != members.end()) {
    if (const Result<JsonId> read = read_json_id(id->value); read) readable = *read;
  }
  return {readable, read_request(members, limits)};
}

}  // namespace

Result<std::vector<ReceivedJsonRequest>> read_json_requests(std::string_view message,
                                                            const JsonRequestLimits& limits) {
  AVOW_TRY(const JsonDocument document, JsonDocument::parse(message, limits.json));
  const JsonView root = document.root();
  std::vector<ReceivedJsonRequest> received;
  if (!root.is(JsonKind::array)) {
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
