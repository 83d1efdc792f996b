#include "avow/wire/packet_encoding.hpp"

#include <array>
#include <optional>
#include <type_traits>

#include "avow/model/encoding.hpp"

namespace avow::wire {
namespace {

char letter_of(EventKind kind) {
  constexpr char letters[] = {'A', 'R', 'M', 'S'};
  return letters[static_cast<std::size_t>(kind)];
}

void append_error(Bytes& to, const ErrorPacket& error) {
  AVOW_CHECK(is_utf8(bytes_of(error.message)));
  to.push_back(tag::record);
  append_atom(to, tag::symbol, bytes_of("error"));
  append_atom(to, tag::string, bytes_of(error.message));
  append(to, error.detail.bytes());
  to.push_back(tag::end);
}

void append_turn(Bytes& to, const Turn& turn) {
  append_turn_begin(to);
  for (const Event& event : turn.events) append_event(to, event);
  append_turn_end(to);
}

}  // namespace

void append_turn_begin(Bytes& to) { to.push_back(tag::sequence); }
void append_turn_end(Bytes& to) { to.push_back(tag::end); }

// What stands around a body is put together on the stack: appending byte by byte costs more than
// the bytes.
void append_entry_begin(Bytes& to, const Number& oid) {
  if (const std::optional<std::int64_t> small = oid.small()) {
    std::array<std::uint8_t, 1 + integer_bytes_max> begin;
    begin[0] = tag::sequence;
    return append(to, {begin.data(), write_integer(begin.data() + 1, *small)});
  }
  to.push_back(tag::sequence);
  append_number(to, oid);
}
void append_entry_end(Bytes& to) { to.push_back(tag::end); }

void append_action(Bytes& to, EventKind kind, ValueView body, const Number& handle) {
  to.insert(to.end(), {tag::record, tag::symbol, 1, static_cast<std::uint8_t>(letter_of(kind))});
  if (kind != EventKind::retract) append(to, body.bytes());
  if (kind == EventKind::publish || kind == EventKind::retract) append_number(to, handle);
  to.push_back(tag::end);
}

void append_number(Bytes& to, const Number& number) {
  if (const std::optional<std::int64_t> small = number.small()) {
    append_integer(to, *small);
  } else {
    append(to, number.to_value().bytes());
  }
}

void append_event(Bytes& to, const Event& event) {
  append_entry_begin(to, event.target);
  append_action(to, event.kind, event.body, event.handle);
  append_entry_end(to);
}

void append_packet(Bytes& to, const Packet& packet) {
  std::visit(
      [&](const auto& one) {
        using Kind = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Kind, Turn>) {
          append_turn(to, one);
        } else if constexpr (std::is_same_v<Kind, ErrorPacket>) {
          append_error(to, one);
        } else if constexpr (std::is_same_v<Kind, Extension>) {
          append(to, one.value.bytes());
        } else {
          to.push_back(tag::false_);
        }
      },
      packet);
}

}  // namespace avow::wire
