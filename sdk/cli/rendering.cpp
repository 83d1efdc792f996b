#include "cli/rendering.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json_event.hpp"
#include "cli/events_json.hpp"

namespace avow::cli {

std::string Rendering::change(const Change& change) const {
  if (showing_.json) return event_json(change, showing_.captures, names_);
  std::string line = showing_.time ? utc_now() + " " : std::string();
  line += sign_of(change.kind);
  line += ' ';
  if (change.kind == Change::Kind::synced) {
    return line + "synced rev " + std::to_string(change.revision);
  }
  if (change.kind == Change::Kind::missed) {
    return line + "missed messages " + std::to_string(change.missed);
  }
  return line + what(change.fact, change.captures);
}

std::string Rendering::row(const Value& fact, const Value& captures, std::uint64_t revision) const {
  if (showing_.json) {
    Change change;
    change.fact = fact;
    change.captures = captures;
    change.revision = revision;
    return event_json(change, showing_.captures, names_);
  }
  return (showing_.time ? utc_now() + " " : std::string()) + what(fact, captures);
}

std::string Rendering::what(const Value& fact, const Value& captures) const {
  return showing_.captures ? captures_text(captures) : to_text(fact);
}

// A dictionary where every capture has a name of its own, else the sequence that it is.
std::string Rendering::captures_text(ValueView captures) const {
  if (names_.empty() || std::count(names_.begin(), names_.end(), "") > 0) return to_text(captures);
  std::string text = "{";
  std::size_t at = 0;
  for (const ValueView capture : captures.elements()) {
    if (at > 0) text += ' ';
    text += to_text(Value::symbol(names_[at++])) + ": " + to_text(capture);
  }
  return text + "}";
}

std::string receipt_line(const char* what, std::uint64_t revision, bool json) {
  if (json) return "{\"op\":\"ok\",\"rev\":" + std::to_string(revision) + "}";
  return std::string("= ") + what + " rev " + std::to_string(revision);
}

namespace {

constexpr auto author = wire::JsonAuthor::server;

std::string ok_json(const Committed& committed, const std::string& results) {
  std::string text = "{\"op\":\"ok\",\"rev\":" + std::to_string(committed.revision) +
                     ",\"seq\":" + std::to_string(committed.sequence) + ",\"epoch\":\"" +
                     committed.epoch + "\",\"level\":\"" + std::string(name_of(committed.level)) +
                     "\",\"results\":[" + results + "]";
  if (committed.replayed) text += ",\"replayed\":true";
  return text + "}";
}

}  // namespace

std::string committed_line(const Committed& committed, bool json) {
  if (json) {
    std::string results;
    for (const Value& result : committed.results) {
      if (!results.empty()) results += ',';
      wire::append_json(results, result, author);
    }
    return ok_json(committed, results);
  }
  const std::string revision = " rev " + std::to_string(committed.revision);
  if (committed.level == Level::durable) return "= durable" + revision;
  return "= accepted" + revision + " (in memory)";
}

std::string taken_json(const Committed& committed, const NamedPattern& pattern) {
  const Item& item = committed.items.front();
  std::string result = "{\"id\":" + std::to_string(item.id()) + ",\"value\":";
  wire::append_json(result, item.value(), author);
  if (const std::optional<Value> captures = pattern.pattern.match(item.value())) {
    result += ',';
    wire::append_json_captures(result, *captures, 0, pattern.names, author);
  }
  return ok_json(committed, result + "}");
}

std::string utc_now() {
  using std::chrono::system_clock;
  const auto now = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(now);
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
  const std::string fraction = std::to_string(1000 + since.count() % 1000).substr(1);
  return std::string(text.data(), size) + fraction + "Z";
}

char sign_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::add:
      return '+';
    case Change::Kind::remove:
      return '-';
    case Change::Kind::message:
      return '!';
    case Change::Kind::synced:
    case Change::Kind::missed:
    case Change::Kind::refused:
      return '=';
  }
  return '=';
}

}  // namespace avow::cli
