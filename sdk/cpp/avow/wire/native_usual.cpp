#include "avow/wire/native_usual.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "avow/base/check.hpp"
#include "avow/wire/native_layout.hpp"

namespace avow::wire::native {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read and written in place");

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

// So many words lie between a pointer and its target at most: every size fits its place.
constexpr std::size_t usual_words_max = std::size_t{1} << 28;
constexpr std::size_t usual_events_max = std::size_t{1} << 20;

// As schemas/avow.capnp has them; a test would notice another number.
struct Shape {
  std::uint16_t data;
  std::uint16_t pointers;
};
constexpr Shape root_shape{2, 1};
constexpr Shape event_shape{4, 0};
constexpr Shape turn_shape{3, 7};
constexpr Shape batch_shape{5, 3};
constexpr std::uint64_t turn_tag = 1;
constexpr std::uint64_t batch_tag = 3;

constexpr std::uint64_t list_pointer = 1;
constexpr std::uint64_t list_of_bytes = 2;
constexpr std::uint64_t list_of_structs = 7;

constexpr std::uint64_t shape_bits(Shape shape) {
  return std::uint64_t{shape.data} << 32 | std::uint64_t{shape.pointers} << 48;
}
constexpr std::uint64_t pointer_to_list(std::size_t between, std::uint64_t kind, std::size_t size) {
  return list_pointer | std::uint64_t{between} << 2 | kind << 32 | std::uint64_t{size} << 35;
}
constexpr std::size_t words_for(std::size_t bytes) { return (bytes + word_bytes - 1) / word_bytes; }

// ---- reading ------------------------------------------------------------------------------------

// One segment. Whoever asks for a word has seen that it is there.
class Segment {
 public:
  Segment(const std::uint8_t* begin, std::size_t words) : begin_(begin), words_(words) {}

  [[nodiscard]] std::uint64_t word(std::size_t at) const {
    std::uint64_t word = 0;
    std::memcpy(&word, begin_ + at * word_bytes, sizeof word);
    return word;
  }
  [[nodiscard]] bool has(std::size_t at, std::size_t words) const { return at + words <= words_; }
  /// Where the pointer at `at` leads, if it looks forwards. (Backwards would be far behind the
  /// end.)
  [[nodiscard]] std::size_t target(std::size_t at) const {
    return at + 1 + (word(at) >> 2 & 0x3FFF'FFFF);
  }
  /// Where the struct is that the pointer at `at` leads to, if it has that very shape; else zero,
  /// where there is none.
  [[nodiscard]] std::size_t struct_at(std::size_t at, Shape shape) const {
    const bool is_that = (word(at) & ~std::uint64_t{0xFFFF'FFFC}) == shape_bits(shape);
    const std::size_t begin = target(at);
    return is_that && has(begin, std::size_t{shape.data} + shape.pointers) ? begin : 0;
  }
  [[nodiscard]] ByteView bytes_from(std::size_t at, std::size_t size) const {
    return {begin_ + at * word_bytes, size};
  }

 private:
  const std::uint8_t* begin_;
  std::size_t words_;
};

// The one segment of a message that has one.
std::optional<Segment> only_segment(ByteView message) {
  if (message.size() < 2 * word_bytes) return std::nullopt;
  const std::uint64_t table = Segment(message.data(), 1).word(0);
  const std::size_t words = static_cast<std::size_t>(table >> 32);
  if ((table & 0xFFFF'FFFF) != 0 || words == 0 || words > usual_words_max) return std::nullopt;
  if (words != message.size() / word_bytes - 1) return std::nullopt;
  return Segment(message.data() + word_bytes, words);
}

bool is_pointer_to_list(std::uint64_t pointer, std::uint64_t kind) {
  constexpr std::uint64_t kinds = 0x7'0000'0003;
  return (pointer & kinds) == (list_pointer | kind << 32);
}

std::optional<ByteView> bodies_at(const Segment& segment, std::size_t at) {
  const std::uint64_t pointer = segment.word(at);
  if (pointer == 0) return ByteView();
  const std::size_t size = static_cast<std::size_t>(pointer >> 35);
  const std::size_t begin = segment.target(at);
  if (!is_pointer_to_list(pointer, list_of_bytes) || !segment.has(begin, words_for(size))) {
    return std::nullopt;
  }
  return segment.bytes_from(begin, size);
}

// Where the events begin, behind the head of their list; how many there are.
struct EventPlaces {
  std::size_t begin = 0;
  std::size_t count = 0;
};
std::optional<EventPlaces> events_at(const Segment& segment, std::size_t at) {
  const std::uint64_t pointer = segment.word(at);
  if (pointer == 0) return EventPlaces{};
  const std::size_t words = static_cast<std::size_t>(pointer >> 35);
  const std::size_t head_at = segment.target(at);
  if (!is_pointer_to_list(pointer, list_of_structs) || !segment.has(head_at, 1 + words)) {
    return std::nullopt;
  }
  const std::uint64_t head = segment.word(head_at);
  const std::size_t count = static_cast<std::size_t>(head >> 2 & 0x3FFF'FFFF);
  const bool is_that = (head & ~std::uint64_t{0xFFFF'FFFC}) == shape_bits(event_shape);
  if (!is_that || words != count * event_shape.data) return std::nullopt;
  return EventPlaces{head_at + 1, count};
}

bool read_event(const Segment& segment, std::size_t at, ByteView bodies, Event& event) {
  const std::uint64_t place = segment.word(at + 2);
  const std::uint64_t rest = segment.word(at + 3);
  const std::uint64_t offset = place & 0xFFFF'FFFF;
  const std::uint64_t length = place >> 32;
  const std::uint64_t kind = rest & 0xFFFF;
  const std::uint64_t cause = rest >> 16 & 0xFFFF;
  const bool is_known = kind <= static_cast<std::uint64_t>(EventKind::sync) && cause < cause_count;
  if (!is_known || offset + length > bodies.size()) return false;
  event.target = segment.word(at);
  event.handle = segment.word(at + 1);
  event.body = bodies.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  event.kind = static_cast<EventKind>(kind);
  event.cause = static_cast<Cause>(cause);
  event.by = static_cast<std::uint32_t>(rest >> 32);
  return true;
}

// Where the parts of a turn stand, in the one segment of its message.
struct UsualTurn {
  Segment segment;
  std::size_t data;
  EventPlaces events;
  ByteView bodies;
};

std::optional<UsualTurn> find_turn(ByteView message) {
  const std::optional<Segment> segment = only_segment(message);
  if (!segment) return std::nullopt;
  const std::size_t root = segment->struct_at(0, root_shape);
  if (root == 0 || (segment->word(root) & 0xFFFF) != turn_tag) return std::nullopt;
  const std::size_t data = segment->struct_at(root + root_shape.data, turn_shape);
  if (data == 0) return std::nullopt;
  const std::size_t pointers = data + turn_shape.data;
  // The level and the time to wait; whatever is pointed to beside events and bodies.
  std::uint64_t unusual = segment->word(data + 1) >> 16;
  for (std::size_t i = 2; i < turn_shape.pointers; ++i) unusual |= segment->word(pointers + i);
  if (unusual != 0) return std::nullopt;
  const std::optional<EventPlaces> events = events_at(*segment, pointers);
  const std::optional<ByteView> bodies = bodies_at(*segment, pointers + 1);
  if (!events || !bodies) return std::nullopt;
  return UsualTurn{*segment, data, *events, *bodies};
}

// Into as many events as there are.
bool read_turn(const UsualTurn& found, std::span<Event> events, ClientTurn& turn) {
  std::size_t at = found.events.begin;
  for (Event& event : events) {
    if (!read_event(found.segment, at, found.bodies, event)) return false;
    at += event_shape.data;
  }
  turn.number = found.segment.word(found.data);
  turn.wants_receipt = (found.segment.word(found.data + 1) & 1) != 0;
  turn.events = events;
  return true;
}

// ---- writing ------------------------------------------------------------------------------------

std::uint64_t bits_of(const ClientTurn& turn) { return turn.wants_receipt ? 1 : 0; }
std::uint64_t bits_of(const Batch& batch) {
  return std::uint64_t{batch.space} |
         std::uint64_t{static_cast<std::uint8_t>(batch.addressing)} << 32 |
         std::uint64_t{batch.snapshot ? 1U : 0U} << 48;
}

// Writes words behind one another, to memory that has room for them.
class WordWriter {
 public:
  explicit WordWriter(std::uint8_t* to) : to_(to) {}
  void add(std::uint64_t word) {
    std::memcpy(to_, &word, sizeof word);
    to_ += sizeof word;
  }
  [[nodiscard]] std::uint8_t* end() const { return to_; }

 private:
  std::uint8_t* to_;
};

// `data` is that of the turn or batch. Of its pointers the first two are used.
template <Shape shape>
void append(Bytes& frame, std::uint64_t tag, const std::array<std::uint64_t, shape.data>& data,
            std::span<const Event> events) {
  AVOW_CHECK(frame.size() % word_bytes == 0);
  EventBodies bodies(events);
  const std::size_t list_words = event_shape.data * events.size();
  const std::size_t body_words = words_for(bodies.size());
  constexpr std::size_t fixed =
      1 + root_shape.data + root_shape.pointers + shape.data + shape.pointers;
  const std::size_t words = fixed + 1 + list_words + body_words;
  const std::size_t begin = frame.size();
  frame.resize(begin + (1 + words) * word_bytes);
  WordWriter to(frame.data() + begin);
  to.add(std::uint64_t{words} << 32);
  to.add(shape_bits(root_shape));
  to.add(tag);
  to.add(0);
  to.add(shape_bits(shape));
  for (const std::uint64_t word : data) to.add(word);
  to.add(pointer_to_list(shape.pointers - 1U, list_of_structs, list_words));
  to.add(pointer_to_list(shape.pointers - 2U + 1 + list_words, list_of_bytes, bodies.size()));
  for (std::size_t i = 2; i < shape.pointers; ++i) to.add(0);
  to.add(shape_bits(event_shape) | std::uint64_t{events.size()} << 2);
  bodies.fill(to.end() + list_words * word_bytes,
              [&](std::size_t index, std::uint32_t offset, std::uint32_t length) {
                const Event& event = events[index];
                to.add(event.target);
                to.add(event.handle);
                to.add(std::uint64_t{length} << 32 | offset);
                to.add(std::uint64_t{event.by} << 32 |
                       std::uint64_t{static_cast<std::uint8_t>(event.cause)} << 16 |
                       static_cast<std::uint8_t>(event.kind));
              });
}

}  // namespace

bool read_usual(ByteView message, const FrameLimits& limits, std::vector<Event>& events,
                ClientTurn& turn) {
  const std::optional<UsualTurn> found = find_turn(message);
  if (!found || found->events.count > limits.events_max) return false;
  events.resize(found->events.count);
  if (!read_turn(*found, events, turn)) return false;
  turn.conditions.reset();
  turn.traceparent.clear();
  return true;
}

bool SmallTurn::read(ByteView frame, const FrameLimits& limits) {
  if (frame.size() > limits.bytes_max || frame.size() % word_bytes != 0) return false;
  const std::optional<UsualTurn> found = find_turn(frame);
  if (!found || found->events.count > std::min(events_.size(), limits.events_max)) return false;
  return read_turn(*found, std::span(events_).first(found->events.count), turn_);
}

bool append_usual(Bytes& frame, const ClientTurn& turn) {
  if (turn.conditions || !turn.traceparent.empty() || turn.events.size() > usual_events_max) {
    return false;
  }
  const std::array<std::uint64_t, turn_shape.data> data{turn.number, bits_of(turn), 0};
  append<turn_shape>(frame, turn_tag, data, turn.events);
  return true;
}

bool append_usual(Bytes& frame, const Batch& batch) {
  if (!batch.actors.empty() || batch.events.size() > usual_events_max) return false;
  const std::array<std::uint64_t, batch_shape.data> data{batch.seq, batch.epoch, batch.revision,
                                                         batch.after, bits_of(batch)};
  append<batch_shape>(frame, batch_tag, data, batch.events);
  return true;
}

}  // namespace avow::wire::native
