#include "server/session/syndicate_encoder.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "avow/model/text.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "server/session/wire_kinds.hpp"

namespace avow::server {
namespace {

// What a change is to all sessions: several are told it.
bool is_for_several(const OutboundTurn& turn, const OutboundEvent& event) {
  return event.change != OutboundEvent::none && event.body == OutboundEvent::none &&
         turn.content().changes()[event.change].is_shared;
}

// Whether both sound the same, of one turn, to whoever is told them.
bool is_same(const OutboundEvent& one, const OutboundEvent& other) {
  return one.kind == other.kind && one.change == other.change && one.target == other.target &&
         one.handle == other.handle && one.body == other.body && !one.big_target &&
         !other.big_target;
}

// What was encoded of a turn: the actions of its changes, each when the first session needs it, and
// the packet of the session that was told last, which may be that of the next one too.
class TurnCache final : public EncodingCache {
 public:
  void clear() override {
    places_.clear();
    bytes_.clear();
    events_.clear();
    shared_.reset();
  }

  /// The action of change `index` of `count`; `append` encodes it.
  template <class Append>
  [[nodiscard]] ByteView get(std::size_t index, std::size_t count, const Append& append) {
    if (places_.size() < count) places_.resize(count);
    Place& place = places_[index];
    if (place.size == 0) {
      place.offset = bytes_.size();
      append(bytes_);
      place.size = bytes_.size() - place.offset;
    }
    return ByteView(bytes_).subspan(place.offset, place.size);
  }

  /// The packet of a turn; `append` encodes it.
  template <class Append>
  [[nodiscard]] TurnPacket packet(const OutboundTurn& turn, const Append& append) {
    if (!std::ranges::equal(turn.events(), events_, is_same)) {
      begin_packet(turn);
      append(packet_);
    }
    if (packet_.size() < Outbox::shared_packet_bytes_min && !shared_) return {packet_, nullptr};
    if (!shared_) shared_ = std::make_shared<const Bytes>(std::move(packet_));
    return {*shared_, shared_};
  }

 private:
  struct Place {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  void begin_packet(const OutboundTurn& turn) {
    constexpr std::size_t most_packets = 256;  // Are no larger, and grow in no steps.
    shared_.reset();
    packet_.clear();
    packet_.reserve(most_packets);
    events_.clear();
    const std::span<const OutboundEvent> events = turn.events();
    const bool is_for_others = events.size() <= events_compared_max &&
                               std::ranges::all_of(events, [&](const OutboundEvent& event) {
                                 return is_for_several(turn, event);
                               });
    if (is_for_others) events_.assign(events.begin(), events.end());
  }

  // With more the comparison would cost as much as it spares.
  static constexpr std::size_t events_compared_max = 64;

  std::vector<Place> places_;
  Bytes bytes_;
  Bytes packet_;
  std::vector<OutboundEvent> events_;  // Of the packet, if another session may be told the same.
  Block shared_;                       // The packet, if it is large.
};

bool has_handle(OutboundKind kind) {
  return kind == OutboundKind::publish || kind == OutboundKind::retract;
}

// A retraction has no body; whatever value stands here is not looked at.
ValueView body_of(const OutboundTurn& turn, const OutboundEvent& event) {
  static const Value none;
  return event.kind == OutboundKind::retract ? none.view() : turn.body(event);
}

struct Binary {
  static constexpr Encoding encoding = Encoding::syndicate_binary;

  static void begin_turn(Bytes& to) { wire::append_turn_begin(to); }
  static void end_turn(Bytes& to) { wire::append_turn_end(to); }
  static void begin_entry(Bytes& to, const wire::Number& oid) { wire::append_entry_begin(to, oid); }
  static void end_entry(Bytes& to) { wire::append_entry_end(to); }
  static void append_action(Bytes& to, OutboundKind kind, ValueView body, std::uint64_t handle) {
    wire::append_action(to, wire_kind(kind), body, wire::Number(static_cast<std::int64_t>(handle)));
  }
  static void append_entry(Bytes& to, const wire::Number& oid, OutboundKind kind, ValueView body,
                           std::uint64_t handle) {
    wire::append_event(to, oid, wire_kind(kind), body,
                       wire::Number(static_cast<std::int64_t>(handle)));
  }
};

struct Text {
  static constexpr Encoding encoding = Encoding::syndicate_text;

  static void add(Bytes& to, std::string_view text) { append(to, bytes_of(text)); }
  static void begin_turn(Bytes& to) { add(to, "["); }
  // The line break is the stream's own: it tells a text reader that the packet is whole.
  static void end_turn(Bytes& to) { add(to, "]\n"); }
  static void begin_entry(Bytes& to, const wire::Number& oid) {
    add(to, "[");
    add(to, to_text(oid.to_value()));
    add(to, " ");
  }
  static void end_entry(Bytes& to) { add(to, "]"); }
  static void append_action(Bytes& to, OutboundKind kind, ValueView body, std::uint64_t handle) {
    constexpr std::string_view names[] = {"A", "R", "M", "S"};
    add(to, "<");
    add(to, names[static_cast<std::size_t>(wire_kind(kind))]);
    if (kind != OutboundKind::retract) {
      add(to, " ");
      add(to, to_text(body));
    }
    if (has_handle(kind)) {
      add(to, " ");
      add(to, std::to_string(handle));
    }
    add(to, ">");
  }
  static void append_entry(Bytes& to, const wire::Number& oid, OutboundKind kind, ValueView body,
                           std::uint64_t handle) {
    begin_entry(to, oid);
    append_action(to, kind, body, handle);
    end_entry(to);
  }
};

template <class Form>
void append_event(Bytes& to, const OutboundTurn& turn, const OutboundEvent& event) {
  const wire::Number oid = turn.target(event);
  const ValueView body = body_of(turn, event);
  const std::span<const SharedChange> changes = turn.content().changes();
  const bool is_shared =
      is_for_several(turn, event) &&
      (!has_handle(event.kind) || event.handle == number_of(changes[event.change].change.capture));
  if (!is_shared) return Form::append_entry(to, oid, event.kind, body, event.handle);
  Form::begin_entry(to, oid);
  auto& cache = turn.content().cache<TurnCache>(Form::encoding);
  append(to, cache.get(event.change, changes.size(), [&](Bytes& out) {
    Form::append_action(out, event.kind, body, event.handle);
  }));
  Form::end_entry(to);
}

template <class Form>
TurnPacket packet_of(const OutboundTurn& turn) {
  if (turn.events().empty()) return {};
  auto& cache = turn.content().cache<TurnCache>(Form::encoding);
  return cache.packet(turn, [&](Bytes& to) {
    Form::begin_turn(to);
    for (const OutboundEvent& event : turn.events()) append_event<Form>(to, turn, event);
    Form::end_turn(to);
  });
}

}  // namespace

TurnPacket turn_packet(PacketForm form, const OutboundTurn& turn) {
  return form == PacketForm::binary ? packet_of<Binary>(turn) : packet_of<Text>(turn);
}

void append_event(Bytes& to, PacketForm form, const OutboundTurn& turn,
                  const OutboundEvent& event) {
  if (form == PacketForm::binary) return append_event<Binary>(to, turn, event);
  append_event<Text>(to, turn, event);
}

void append_turn_begin(Bytes& to, PacketForm form) {
  form == PacketForm::binary ? Binary::begin_turn(to) : Text::begin_turn(to);
}

void append_turn_end(Bytes& to, PacketForm form) {
  form == PacketForm::binary ? Binary::end_turn(to) : Text::end_turn(to);
}

void append_packet(Bytes& to, PacketForm form, const wire::Packet& packet) {
  if (form == PacketForm::binary) return wire::append_packet(to, packet);
  append(to, bytes_of(wire::packet_to_text(packet) + "\n"));
}

}  // namespace avow::server
