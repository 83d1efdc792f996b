#include <boost/container/small_vector.hpp>

#include "avow/wire/preserves.hpp"

// The fast path of reading binary: one pass that either finds a canonical value or gives up. It
// need not say why; whoever wants a reason reads again with the reader of preserves.cpp.

namespace avow::wire {
namespace {

// Nothing is open, below the outermost value. No tag has this number.
constexpr std::uint8_t root = 0;

struct Open {
  std::uint8_t kind;  // The tag of what is open, or `root`.
  // Of a record: its label is there. Of a dictionary: the next value belongs to a key.
  bool halfway = false;
  const std::uint8_t* element = nullptr;  // Of sets and dictionaries: where the next one begins.
  ByteView previous = {};                 // The element or key before, which must be smaller.
};

bool is_ascii(const std::uint8_t* at, std::size_t size) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  if (size < 8) {
    std::uint8_t seen = 0;
    for (std::size_t i = 0; i < size; ++i) seen |= at[i];
    return seen < 0x80;
  }
  std::uint64_t seen = 0;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    std::memcpy(&word, at + i, 8);
    seen |= word;
  }
  // The last eight bytes, of which some may have been looked at before.
  std::memcpy(&word, at + size - 8, 8);
  return ((seen | word) & high_bits) == 0;
}

bool is_shortest(const std::uint8_t* at, std::size_t size) {
  if (size == 0) return true;
  if (size == 1) return at[0] != 0;
  // A first byte that only repeats the sign bit of the second one is needless.
  return !((at[0] == 0x00 && at[1] < 0x80) || (at[0] == 0xFF && at[1] >= 0x80));
}

class Walk {
 public:
  Walk(ByteView binary, const ValueLimits& limits)
      : at_(binary.data()), end_(at_ + binary.size()), limits_(limits) {
    open_.push_back({.kind = root});
  }

  CanonicalExtent run() {
    while (at_ != end_) {
      const std::uint8_t first = *at_++;
      if (first >= tag::record || first == tag::embedded) {
        if (first > tag::dictionary || !enter(first)) return {};
        continue;
      }
      if (first == tag::end ? !leave() : !pass_atom(first)) return {};
      switch (note_value()) {
        case After::more:
          break;
        case After::whole:
          return {.end = at_, .holds_references = holds_references_};
        case After::misplaced:
          return {};
      }
    }
    return {};
  }

 private:
  enum class After { more, whole, misplaced };

  bool enter(std::uint8_t kind) {
    if (open_.size() > limits_.depth_max || ++nodes_ > limits_.nodes_max) return false;
    holds_references_ = holds_references_ || kind == tag::embedded;
    open_.push_back({.kind = kind, .element = at_});
    return true;
  }

  bool leave() {
    const Open& top = open_.back();
    const bool may_end = top.kind == tag::record ? top.halfway : !top.halfway;
    if (top.kind == root || top.kind == tag::embedded || !may_end) return false;
    open_.pop_back();
    return true;
  }

  bool pass_atom(std::uint8_t kind) {
    if (++nodes_ > limits_.nodes_max) return false;
    if (kind == tag::false_ || kind == tag::true_) return true;
    if (kind != tag::double_ && kind < tag::integer) return false;
    std::size_t size = 0;
    if (!read_length(size) || size > static_cast<std::size_t>(end_ - at_)) return false;
    const std::uint8_t* const content = at_;
    at_ += size;
    switch (kind) {
      case tag::double_:
        return size == 8;
      case tag::integer:
        return size * 8 <= limits_.integer_bits_max && is_shortest(content, size);
      case tag::bytes:
        return size <= limits_.string_bytes_max;
      default:
        return size <= limits_.string_bytes_max &&
               (is_ascii(content, size) || is_utf8({content, size}));
    }
  }

  bool read_length(std::size_t& length) {
    if (at_ == end_) return false;
    std::uint8_t byte = *at_++;
    length = byte & 0x7FU;
    for (unsigned shift = 7; (byte & 0x80U) != 0; shift += 7) {
      if (at_ == end_ || shift > 35) return false;
      byte = *at_++;
      if (byte == 0) return false;  // Not the shortest form of this length.
      length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    }
    return true;
  }

  // A value ended at `at_`: what does that mean for what it stands in?
  After note_value() {
    while (open_.back().kind == tag::embedded) open_.pop_back();
    Open& top = open_.back();
    switch (top.kind) {
      case root:
        return After::whole;
      case tag::record:
        top.halfway = true;
        return After::more;
      case tag::sequence:
        return After::more;
      case tag::dictionary:
        top.halfway = !top.halfway;
        if (top.halfway) break;
        top.element = at_;
        return After::more;
      default:
        break;
    }
    const ByteView key(top.element, at_);
    if (!top.previous.empty() && compare(top.previous, key) >= 0) return After::misplaced;
    top.previous = key;
    top.element = at_;
    return After::more;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  const ValueLimits& limits_;
  boost::container::small_vector<Open, 12> open_;
  std::size_t nodes_ = 0;
  bool holds_references_ = false;
};

}  // namespace

CanonicalExtent canonical_extent(ByteView binary, const ValueLimits& limits) {
  return Walk(binary, limits).run();
}

}  // namespace avow::wire
