#include "avow/wire/packet_encoding.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "avow/model/encoding.hpp"

namespace avow::wire {
namespace {

using ActionBeginning = std::array<std::uint8_t, 4>;

const ActionBeginning& beginning_of(EventKind kind) {
  static constexpr ActionBeginning beginnings[] = {{tag::record, tag::symbol, 1, 'A'},
                                                   {tag::record, tag::symbol, 1, 'R'},
                                                   {tag::record, tag::symbol, 1, 'M'},
                                                   {tag::record, tag::symbol, 1, 'S'}};
  return beginnings[static_cast<std::size_t>(kind)];
}

bool has_handle(EventKind kind) { return kind == EventKind::publish || kind == EventKind::retract; }

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
  append(to, beginning_of(kind));
  if (kind != EventKind::retract) append(to, body.bytes());
  if (has_handle(kind)) append_number(to, handle);
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
  append_event(to, event.target, event.kind, event.body, event.handle);
}

void append_event(Bytes& to, const Number& oid, EventKind kind, ValueView body,
                  const Number& handle) {
  const std::optional<std::int64_t> small_oid = oid.small();
  const std::optional<std::int64_t> small_handle = handle.small();
  if (!small_oid || !small_handle) {
    append_entry_begin(to, oid);
    append_action(to, kind, body, handle);
    return append_entry_end(to);
  }
  // First what stands before the body, then what stands after it.
  std::array<std::uint8_t, 5 + integer_bytes_max> around;
  std::uint8_t* at = around.data();
  *at++ = tag::sequence;
  at = write_integer(at, *small_oid);
  at = std::ranges::copy(beginning_of(kind), at).out;
  append(to, {around.data(), at});
  if (kind != EventKind::retract) append(to, body.bytes());
  at = around.data();
  if (has_handle(kind)) at = write_integer(at, *small_handle);
  *at++ = tag::end;
  *at++ = tag::end;
  append(to, {around.data(), at});
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
