#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"

// The packets of the Syndicate protocol, which all three encodings carry. Source: the Syndicate
// protocol, packets (docs/PROTOCOL.md).

namespace avow::wire {

/// An oid or a handle: an integer of any size. Nearly all fit into 64 bits.
class Number {
 public:
  Number() = default;
  Number(std::int64_t small) : small_(small) {}  // NOLINT: a number is a number
  /// `integer` is a value of kind integer.
  explicit Number(ValueView integer);

  [[nodiscard]] std::optional<std::int64_t> small() const {
    return big_ ? std::nullopt : std::optional(small_);
  }
  [[nodiscard]] Value to_value() const { return big_ ? *big_ : Value::integer(small_); }
  bool operator==(const Number&) const = default;

 private:
  std::int64_t small_ = 0;
  std::optional<Value> big_;
};

enum class EventKind : std::uint8_t { publish, retract, message, sync };

/// One event of a turn, at the entity `target` of the receiver. References in `body` are in wire
/// form ([0 oid], [1 oid caveat …]).
struct Event {
  Number target;
  EventKind kind{};
  Number handle;  ///< Of publish and retract.
  Value body;     ///< The assertion, the message, or the peer of a sync (an embedded value).
};

struct Turn {
  std::vector<Event> events;
};
/// `<error message detail>`: the session is over.
struct ErrorPacket {
  std::string message;
  Value detail;
};
/// Any other record; unknown ones are ignored.
struct Extension {
  Value value;
};
/// `#f`: nothing, keeps a connection alive.
struct Nop {};

using Packet = std::variant<Turn, ErrorPacket, Extension, Nop>;

/// What a packet, a frame or a turn from outside may cost.
struct PacketLimits {
  ValueLimits value;
  std::size_t bytes_max = 1 << 20;
  std::size_t events_max = 65'536;
};

/// Reads one whole binary packet, in place: only the bodies of events become values.
/// Errors: `bad-packet`, `bad-binary`, `limit`.
[[nodiscard]] Result<Packet> decode_packet(ByteView binary, const PacketLimits& limits = {});
/// Reads a packet that is a value already (from text).
[[nodiscard]] Result<Packet> packet_from_value(ValueView value, const PacketLimits& limits = {});
/// The packet as one value, and so (its bytes) in binary form.
[[nodiscard]] Value packet_to_value(const Packet& packet);

/// A reference as it stands in a packet.
struct WireReference {
  enum class Owner : std::uint8_t {
    sender,    ///< `[0 oid]`: an entity that the sender of the packet exports.
    receiver,  ///< `[1 oid caveat …]`: one that the receiver has exported, restricted further.
  };
  Owner owner{};
  Number oid;
  std::vector<Value> caveats;

  bool operator==(const WireReference&) const = default;
};

/// Reads an embedded value. Errors: `bad-reference`.
[[nodiscard]] Result<WireReference> parse_wire_reference(ValueView embedded);
/// The embedded value for `reference`.
[[nodiscard]] Value wire_reference_to_value(const WireReference& reference);

/// Copies `value` with every embedded value replaced; sets and dictionaries are sorted anew.
/// `replace` is given each embedded value (whole, with its tag) and answers what stands in its
/// place. Errors: those of `replace`; `duplicate` if elements or keys become equal by it.
[[nodiscard]] Result<Value> replace_references(
    const Value& value, const std::function<Result<Value>(ValueView embedded)>& replace);

}  // namespace avow::wire
