#include <algorithm>
#include <utility>

#include "avow/wire/packet_reading.hpp"
#include "avow/wire/preserves.hpp"

// The hot path of reading:
//
//   B5                                         the turn
//     B5  B0 len oid                           an entry: the entity that the event is for
//       B4  B3 01 'A'  body  B0 len handle 84  <A body handle>; <R handle>, <M body>, <S #:peer>
//     84  …
//   84

namespace avow::wire {
namespace {

constexpr std::size_t events_at_once = 64;

// Each step moves `at_`, or answers false: then what stands there is not plain, or cut off.
class PlainTurn {
 public:
  PlainTurn(ByteView binary, const PacketLimits& limits)
      : at_(binary.data()), end_(at_ + binary.size()), limits_(limits) {}

  bool begin(Turn& turn) {
    if (!pass(tag::sequence)) return false;
    read_to_ = at_;
    // No more memory than the bytes that came, and what most turns need at once.
    turn.events.reserve(
        std::min(events_at_once, static_cast<std::size_t>(end_ - at_) / sizeof(Event)));
    return true;
  }

  // Whether the turn ended. If not, it holds the events that could be read.
  bool read_on(Turn& turn) {
    while (!pass(tag::end)) {
      if (turn.events.size() == limits_.events_max) return false;
      if (!read_entry(turn.events.emplace_back())) {
        turn.events.pop_back();
        return false;
      }
      read_to_ = at_;
    }
    read_to_ = at_;
    return true;
  }

  /// Behind the last entry that could be read, or the end.
  [[nodiscard]] const std::uint8_t* read_to() const { return read_to_; }

 private:
  bool pass(std::uint8_t expected) {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }

  bool read_entry(Event& event) {
    return pass(tag::sequence) && read_number(event.target) && read_action(event) &&
           pass(tag::end) && pass(tag::end);
  }

  bool read_action(Event& event) {
    if (!pass(tag::record) || !pass(tag::symbol) || !pass(1) || at_ == end_) return false;
    const std::optional<EventKind> kind = event_kind(static_cast<char>(*at_++));
    if (!kind) return false;
    event.kind = *kind;
    switch (*kind) {
      case EventKind::publish:
        return read_body(event.body) && read_number(event.handle);
      case EventKind::retract:
        return read_number(event.handle);
      case EventKind::message:
        return read_body(event.body);
      case EventKind::sync:
        return at_ != end_ && *at_ == tag::embedded && read_body(event.body);
    }
    return false;
  }

  bool read_number(Number& number) {
    const std::uint8_t* const begin = at_;
    if (!pass(tag::integer) || at_ == end_) return false;
    if (*at_ > 8) return read_big_number(begin, number);
    const std::size_t size = *at_++;
    if (size > static_cast<std::size_t>(end_ - at_)) return false;
    std::uint64_t bits = size > 0 && *at_ >= 0x80 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) bits = bits << 8 | *at_++;
    // Longer forms than the shortest give the same number.
    number = Number(static_cast<std::int64_t>(bits));
    return true;
  }

  bool read_big_number(const std::uint8_t* begin, Number& number) {
    const CanonicalExtent extent = canonical_extent({begin, end_}, limits_.value);
    if (extent.end == nullptr) return false;
    number = Number(ValueView({begin, extent.end}));
    at_ = extent.end;
    return true;
  }

  bool read_body(Value& body) {
    const CanonicalExtent extent = canonical_extent({at_, end_}, limits_.value);
    if (extent.end == nullptr) return read_unsorted_body(body);
    body = Value::from_canonical({at_, extent.end}, extent.holds_references);
    at_ = extent.end;
    return true;
  }

  // Programs that do not sort their dictionaries are common, and their turns are plain otherwise.
  bool read_unsorted_body(Value& body) {
    Result<std::optional<ValuePrefix>> prefix = decode_value_prefix({at_, end_}, limits_.value);
    if (!prefix.has_value() || !prefix.value()) return false;
    body = std::move(prefix.value()->value);
    at_ += prefix.value()->consumed;
    return true;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  const std::uint8_t* read_to_ = at_;
  const PacketLimits& limits_;
};

}  // namespace

bool read_plain_turn_on(TurnPrefix& prefix, ByteView binary, const PacketLimits& limits) {
  PlainTurn reading(binary, limits);
  if (prefix.consumed == 0 && !reading.begin(prefix.turn)) return false;
  const bool is_whole = reading.read_on(prefix.turn);
  prefix.consumed += static_cast<std::size_t>(reading.read_to() - binary.data());
  return is_whole;
}

std::optional<TurnPrefix> read_plain_turn(ByteView binary, const PacketLimits& limits) {
  TurnPrefix prefix;
  if (!read_plain_turn_on(prefix, binary, limits)) return std::nullopt;
  return prefix;
}

}  // namespace avow::wire
