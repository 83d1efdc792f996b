#include "tests/bench/durable/client.hpp"

#include <optional>
#include <utility>
#include <variant>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/packet_encoding.hpp"

namespace avow::bench {
namespace {

using wire::Event;
using wire::EventKind;
using wire::Number;

constexpr std::int64_t resolver = 1;
constexpr std::int64_t finder = 2;
constexpr std::int64_t observer = 3;
constexpr std::int64_t answers = 4;

Value own_reference(std::int64_t oid) {
  return wire::wire_reference_to_value(
      {.owner = wire::WireReference::Owner::sender, .oid = Number(oid), .caveats = {}});
}

Event publish(const Number& target, std::int64_t handle, Value body) {
  return {target, EventKind::publish, Number(handle), std::move(body)};
}

Event retract(const Number& target, std::int64_t handle) {
  return {target, EventKind::retract, Number(handle), Value()};
}

Number reference_in(ValueView body) {
  return wire::parse_wire_reference(*body.element(0)).value().oid;
}

}  // namespace

DurableClient::DurableClient(std::uint16_t port, const std::string& space) : socket_(port) {
  const SturdyReference reference =
      space.empty() ? development_reference() : SturdyReference::mint({}, record("space", space));
  say({publish(Number(0), resolver,
               record("resolve", reference.to_value(), own_reference(resolver)))});
  space_ = reference_in(next_publish().body);
}

void DurableClient::find_keeper() {
  observe(finder, "<avow-service keeper $>");
  keeper_ = reference_in(next_publish().body);
}

void DurableClient::observe(std::int64_t entity, std::string_view pattern) {
  say({publish(space_, entity,
               record("Observe", parse_pattern_text(pattern).value().pattern.to_value(),
                      own_reference(entity)))});
}

void DurableClient::put(std::uint64_t number) {
  std::string key = std::to_string(number * 0x9E3779B97F4A7C15ULL);
  key.insert(0, 20 - key.size(), '0');
  const Value op = record("put", record("temperature", "room-" + key, 21.5));
  const Value options = Builder().begin_dictionary().end().finish().value();
  std::vector<Event> events;
  if (has_asked_) events.push_back(retract(keeper_, last_handle_));
  has_asked_ = true;
  events.push_back(publish(keeper_, ++last_handle_,
                           record("commit", sequence(op), options, own_reference(answers))));
  say(std::move(events));
}

bool DurableClient::has_answer() {
  ByteView more = socket_.receive();
  bool is_there = false;
  while (const std::optional<wire::Packet> packet = stream_.next(more).value()) {
    const auto* const turn = std::get_if<wire::Turn>(&*packet);
    if (turn == nullptr) fail("the server ended the session");
    for (const Event& event : turn->events) {
      if (event.kind != EventKind::publish || event.target != Number(answers)) continue;
      if (!event.body.view().is_record("ok")) fail(to_text(event.body).c_str());
      is_there = true;
    }
  }
  return is_there;
}

void DurableClient::round_trip(std::uint64_t number) {
  if (number == 0) {
    observe(observer, "<probe $>");
    has_asked_ = false;
  }
  std::vector<Event> events;
  if (std::exchange(has_asked_, true)) events.push_back(retract(space_, last_handle_));
  events.push_back(publish(space_, ++last_handle_, record("probe", number)));
  say(std::move(events));
  while (next_publish().body.view().element(0)->as_uint64() != number) {
  }
}

void DurableClient::say(std::vector<Event> events) {
  Bytes packet;
  wire::append_packet(packet, wire::Turn{std::move(events)});
  socket_.send(packet);
}

Event DurableClient::next_publish() {
  while (told_.empty()) {
    ByteView more = socket_.receive();
    while (const std::optional<wire::Packet> packet = stream_.next(more).value()) {
      const auto* const turn = std::get_if<wire::Turn>(&*packet);
      if (turn == nullptr) fail("the server ended the session");
      for (const Event& event : turn->events) {
        if (event.kind == EventKind::publish) told_.push_back(event);
      }
    }
  }
  Event first = std::move(told_.front());
  told_.erase(told_.begin());
  return first;
}

}  // namespace avow::bench
