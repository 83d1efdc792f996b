#include "cli/events_json.hpp"

#include <cstddef>

#include "avow/wire/json.hpp"

namespace avow::cli {
namespace {

constexpr auto author = wire::JsonAuthor::server;

const char* op_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::add:
      return "add";
    case Change::Kind::remove:
      return "remove";
    case Change::Kind::message:
      return "message";
    case Change::Kind::synced:
      return "synced";
    case Change::Kind::missed:
      return "missed";
    case Change::Kind::refused:
      return "error";
  }
  return "error";
}

// A capture without a name goes by its place.
void append_captures(std::string& to, ValueView captures, const std::vector<std::string>& names) {
  to += ",\"captures\":{";
  std::size_t at = 0;
  for (const ValueView capture : captures.elements()) {
    if (at > 0) to += ',';
    const bool named = at < names.size() && !names[at].empty();
    wire::append_json_string(to, named ? names[at] : std::to_string(at));
    to += ':';
    wire::append_json(to, capture, author);
    ++at;
  }
  to += '}';
}

}  // namespace

std::string event_json(const Change& change, bool captures_only,
                       const std::vector<std::string>& names) {
  std::string event = std::string("{\"op\":\"") + op_of(change.kind) + '"';
  if (change.kind == Change::Kind::missed) {
    event += ",\"messages\":" + std::to_string(change.missed);
  } else if (change.kind != Change::Kind::synced) {
    if (!captures_only) {
      event += ",\"fact\":";
      wire::append_json(event, change.fact, author);
    }
    append_captures(event, change.captures, names);
  }
  for (const auto& [key, text] :
       {std::pair{",\"cause\":", &change.cause}, std::pair{",\"by\":", &change.by}}) {
    if (text->empty()) continue;
    event += key;
    wire::append_json_string(event, *text);
  }
  return event + ",\"rev\":" + std::to_string(change.revision) + "}";
}

}  // namespace avow::cli
