#include "avow/wire/preserves.hpp"

// The fast path of reading binary: one pass that either finds a canonical value or gives up. It
// need not say why; whoever wants a reason reads again with the reader of preserves.cpp.
// Depth of recursion: that of the value, which the limits bound before it is entered; records and
// sequences cost none.

namespace avow::wire {
namespace {

template <class Word>
Word load(const std::uint8_t* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

constexpr std::ptrdiff_t block_bytes = 32;

std::uint64_t bits_of_block(const std::uint8_t* at) {
  return load<std::uint64_t>(at) | load<std::uint64_t>(at + 8) | load<std::uint64_t>(at + 16) |
         load<std::uint64_t>(at + 24);
}

// The bits of all bytes together; some of the last bytes may be looked at twice.
std::uint64_t bits_of_many(const std::uint8_t* at, const std::uint8_t* end) {
  std::uint64_t seen = bits_of_block(end - block_bytes);
  for (; end - at > block_bytes; at += block_bytes) seen |= bits_of_block(at);
  return seen;
}

std::uint64_t bits_of_few(const std::uint8_t* at, const std::uint8_t* end) {
  const std::ptrdiff_t size = end - at;
  if (size >= 8) {
    std::uint64_t seen = load<std::uint64_t>(end - 8);
    for (; end - at > 8; at += 8) seen |= load<std::uint64_t>(at);
    return seen;
  }
  if (size >= 4) return load<std::uint32_t>(at) | load<std::uint32_t>(end - 4);
  return size == 0 ? 0U : at[0] | at[size / 2] | at[size - 1];
}

bool is_ascii(const std::uint8_t* at, const std::uint8_t* end) {
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
  const std::uint64_t seen = end - at >= block_bytes ? bits_of_many(at, end) : bits_of_few(at, end);
  return (seen & high_bits) == 0;
}

bool is_text(const std::uint8_t* at, std::size_t size) {
  return is_ascii(at, at + size) || is_utf8({at, size});
}

bool is_shortest(const std::uint8_t* at, std::size_t size) {
  if (size == 0) return true;
  if (size == 1) return at[0] != 0;
  // A first byte that only repeats the sign bit of the second one is needless.
  return !((at[0] == 0x00 && at[1] < 0x80) || (at[0] == 0xFF && at[1] >= 0x80));
}

// Behind a length that takes more than one byte; null if it is cut off or not in its shortest form.
const std::uint8_t* pass_long_length(const std::uint8_t* at, const std::uint8_t* end,
                                     std::size_t& length) {
  std::uint8_t byte = 0x80;
  length = 0;
  for (unsigned shift = 0; (byte & 0x80U) != 0; shift += 7) {
    if (at == end || shift > 35) return nullptr;
    byte = *at++;
    if (byte == 0) return nullptr;
    length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
  }
  return at;
}

bool is_content(std::uint8_t kind, const std::uint8_t* at, std::size_t size,
                const ValueLimits& limits) {
  if (kind == tag::string || kind == tag::symbol) {
    return size <= limits.string_bytes_max && is_text(at, size);
  }
  if (kind == tag::integer) return size * 8 <= limits.integer_bits_max && is_shortest(at, size);
  return size <= limits.string_bytes_max;
}

// Each moves from `at` behind what it passes, or answers null: then no value stands there that is
// whole, canonical and within the limits.
class Walk {
 public:
  Walk(const std::uint8_t* end, const ValueLimits& limits) : end_(end), limits_(limits) {}

  // With so much open around the value. Most values hold nothing but records, sequences and atoms.
  // To those that are open one value is like another, so that it is enough to count them.
  const std::uint8_t* pass_value(const std::uint8_t* at, std::size_t depth) {
    const std::uint8_t* const end = end_;
    std::size_t open = 0;
    std::size_t nodes = 0;
    do {
      if (at == end) return nullptr;
      const std::uint8_t kind = *at++;
      if (kind >= tag::integer && kind <= tag::symbol) {
        at = pass_content(kind, at, end);
        if (at == nullptr) return nullptr;
      } else if (kind == tag::end) {
        if (open-- == 0) return nullptr;
        continue;
      } else if (kind == tag::record || kind == tag::sequence) {
        const bool has_no_label = kind == tag::record && at != end && *at == tag::end;
        if (has_no_label || depth + ++open > limits_.depth_max) return nullptr;
      } else {
        at = pass_other(kind, at, depth + open);
        if (at == nullptr) return nullptr;
      }
      ++nodes;
    } while (open > 0);
    // Early enough: no value holds more values than bytes.
    nodes_ += nodes;
    return nodes_ <= limits_.nodes_max ? at : nullptr;
  }

  [[nodiscard]] bool holds_references() const { return holds_references_; }

 private:
  const std::uint8_t* pass_content(std::uint8_t kind, const std::uint8_t* at,
                                   const std::uint8_t* end) const {
    if (at == end) return nullptr;
    std::size_t size = *at++;
    if (size >= 0x80) {
      at = pass_long_length(at - 1, end, size);
      if (at == nullptr) return nullptr;
    }
    if (size > static_cast<std::size_t>(end - at)) return nullptr;
    return is_content(kind, at, size, limits_) ? at + size : nullptr;
  }

  const std::uint8_t* pass_other(std::uint8_t kind, const std::uint8_t* at, std::size_t depth) {
    switch (kind) {
      case tag::false_:
      case tag::true_:
        return at;
      case tag::double_:
        return end_ - at > 8 && *at == 8 ? at + 9 : nullptr;
      case tag::set:
      case tag::dictionary:
        return depth < limits_.depth_max ? pass_keys(kind, at, depth + 1) : nullptr;
      case tag::embedded:
        holds_references_ = true;
        return depth < limits_.depth_max ? pass_value(at, depth + 1) : nullptr;
      default:
        return nullptr;
    }
  }

  // The elements of a set, or the keys of a dictionary with their values: each key is greater than
  // the one before.
  const std::uint8_t* pass_keys(std::uint8_t kind, const std::uint8_t* at, std::size_t depth) {
    ByteView previous;
    while (at != end_ && *at != tag::end) {
      const std::uint8_t* const begin = at;
      at = pass_value(at, depth);
      if (at == nullptr) return nullptr;
      const ByteView key(begin, at);
      if (!previous.empty() && compare(previous, key) >= 0) return nullptr;
      previous = key;
      if (kind == tag::dictionary) at = pass_value(at, depth);
      if (at == nullptr) return nullptr;
    }
    return at == end_ ? nullptr : at + 1;
  }

  const std::uint8_t* end_;
  const ValueLimits& limits_;
  std::size_t nodes_ = 0;
  bool holds_references_ = false;
};

}  // namespace

CanonicalExtent canonical_extent(ByteView binary, const ValueLimits& limits) {
  Walk walk(binary.data() + binary.size(), limits);
  const std::uint8_t* const end = walk.pass_value(binary.data(), 0);
  return {.end = end, .holds_references = end != nullptr && walk.holds_references()};
}

}  // namespace avow::wire
