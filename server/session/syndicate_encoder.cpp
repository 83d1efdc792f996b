#include "server/session/syndicate_encoder.hpp"

#include <string>
#include <string_view>

#include "avow/model/text.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "server/session/wire_kinds.hpp"

namespace avow::server {
namespace {

// The actions of a turn's changes, each encoded when the first session needs it.
class ActionCache final : public EncodingCache {
 public:
  void clear() override {
    places_.clear();
    bytes_.clear();
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

 private:
  struct Place {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  std::vector<Place> places_;
  Bytes bytes_;
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
};

template <class Form>
void append_event(Bytes& to, const OutboundTurn& turn, const OutboundEvent& event) {
  const auto append_own = [&](Bytes& out) {
    Form::append_action(out, event.kind, body_of(turn, event), event.handle);
  };
  Form::begin_entry(to, turn.target(event));
  const std::span<const SharedChange> changes = turn.content().changes();
  const bool is_shared =
      event.change != OutboundEvent::none && changes[event.change].is_shared &&
      event.body == OutboundEvent::none &&
      (!has_handle(event.kind) || event.handle == number_of(changes[event.change].change.capture));
  if (is_shared) {
    auto& cache = turn.content().cache<ActionCache>(Form::encoding);
    append(to, cache.get(event.change, changes.size(), append_own));
  } else {
    append_own(to);
  }
  Form::end_entry(to);
}

template <class Form>
void append_turn(Bytes& to, const OutboundTurn& turn) {
  if (turn.events().empty()) return;
  Form::begin_turn(to);
  for (const OutboundEvent& event : turn.events()) append_event<Form>(to, turn, event);
  Form::end_turn(to);
}

}  // namespace

void append_turn_packet(Bytes& to, PacketForm form, const OutboundTurn& turn) {
  return form == PacketForm::binary ? append_turn<Binary>(to, turn) : append_turn<Text>(to, turn);
}

void append_packet(Bytes& to, PacketForm form, const wire::Packet& packet) {
  if (form == PacketForm::binary) return wire::append_packet(to, packet);
  append(to, bytes_of(wire::packet_to_text(packet) + "\n"));
}

}  // namespace avow::server
