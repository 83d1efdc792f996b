#include "tests/bench/routing/workload.hpp"

#include <array>
#include <cstddef>

#include "avow/model/builder.hpp"
#include "avow/model/encoding.hpp"

namespace avow::bench {
namespace {

constexpr std::size_t payload_bytes = 100;
constexpr std::size_t preload_turn_events = 64;
constexpr std::size_t more_fields = 7;

std::string more_field(std::size_t number) { return "field " + std::to_string(number); }

// The digits of `number`, as many as there is room for.
void write_digits(char* to, std::size_t digits, std::uint64_t number) {
  for (; digits > 0; --digits, number /= 10) {
    to[digits - 1] = static_cast<char>('0' + number % 10);
  }
}

void append_event_head(Bytes& to, std::int64_t target, std::uint8_t letter) {
  to.push_back(tag::sequence);
  append_integer(to, target);
  to.insert(to.end(), {tag::record, tag::symbol, 1, letter});
}

void append_event_end(Bytes& to, std::int64_t handle) {
  append_integer(to, handle);
  to.insert(to.end(), {tag::end, tag::end});
}

}  // namespace

std::string RoutingWorkload::key(std::size_t index) {
  std::string text = "k.0000000";
  write_digits(text.data() + 2, text.size() - 2, index);
  return text;
}

Value RoutingWorkload::pattern(std::size_t index, std::size_t shapes) {
  Builder builder;
  builder.begin_record("group").value(record("rec", Value::symbol("t"))).begin_dictionary();
  builder.integer(std::int64_t{0}).value(record("lit", key(index)));
  builder.integer(std::int64_t{1}).value(record("bind", record("_")));
  for (std::size_t bit = 0; bit < more_fields; ++bit) {
    if ((index % shapes >> bit & 1) == 0) continue;
    builder.integer(static_cast<std::int64_t>(2 + bit)).value(record("lit", more_field(bit)));
  }
  return builder.end().end().finish().value();
}

void RoutingWorkload::append_assert(Bytes& to, std::int64_t target) {
  append_event_head(to, target, 'A');
  to.insert(to.end(), {tag::record, tag::symbol, 1, 't'});
  append_atom(to, tag::string, bytes_of(key(random_.below(load_.subscriptions))));
  std::array<char, payload_bytes> payload{};
  payload.fill('x');
  write_digits(payload.data(), 12, payloads_++);
  append_atom(to, tag::string, bytes_of({payload.data(), payload.size()}));
  for (std::size_t i = 0; load_.shapes > 1 && i < more_fields; ++i) {
    append_atom(to, tag::string, bytes_of(more_field(i)));
  }
  to.push_back(tag::end);
  append_event_end(to, ++last_handle_);
  live_handles_.push_back(last_handle_);
}

void RoutingWorkload::append_retract(Bytes& to, std::int64_t target) {
  append_event_head(to, target, 'R');
  const std::size_t index = random_.below(live_handles_.size());
  append_event_end(to, live_handles_[index]);
  live_handles_[index] = live_handles_.back();
  live_handles_.pop_back();
}

Packets RoutingWorkload::preload(std::int64_t target) {
  Packets packets;
  for (std::size_t made = 0; made < load_.live_facts;) {
    packets.bytes.push_back(tag::sequence);
    for (std::size_t i = 0; i < preload_turn_events && made < load_.live_facts; ++i, ++made) {
      append_assert(packets.bytes, target);
    }
    packets.bytes.push_back(tag::end);
    packets.ends.push_back(packets.bytes.size());
  }
  return packets;
}

Packets RoutingWorkload::round(std::size_t events, std::int64_t target) {
  Packets packets;
  for (std::size_t made = 0; made < events;) {
    packets.bytes.push_back(tag::sequence);
    for (std::size_t i = 0; i < load_.turn_events && made < events; ++i, ++made) {
      if (made % 2 == 0 && !live_handles_.empty()) {
        append_retract(packets.bytes, target);
      } else {
        append_assert(packets.bytes, target);
      }
    }
    packets.bytes.push_back(tag::end);
    packets.ends.push_back(packets.bytes.size());
  }
  return packets;
}

}  // namespace avow::bench
