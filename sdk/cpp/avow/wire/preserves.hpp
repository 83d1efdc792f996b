#pragma once

#include <cstddef>
#include <optional>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"

// Preserves binary from outside, made into values. What is canonical already (all that Avow itself
// ever writes) is checked in one pass and copied once. Anything else that is well formed is
// rebuilt: sets and dictionaries sorted, integers and lengths shortened, annotations dropped.
// Source: the Preserves specification, binary syntax and canonical form; avow/model/encoding.hpp
// draws the bytes.
//
// Depth counts what is open around a value: compounds, embedded values, annotations. Nodes counts
// every value, those inside annotations too.

namespace avow::wire {

/// Reads exactly one value.
/// Errors: `bad-binary` (not one well-formed value: bad tags, text that is not UTF-8, duplicates,
/// missing or left-over bytes), `limit`.
[[nodiscard]] Result<Value> decode_value(ByteView binary, const ValueLimits& limits = {});

/// Likewise, into a value that is there already, which costs less than to hand one over.
[[nodiscard]] Result<void> decode_value_into(Value& into, ByteView binary,
                                             const ValueLimits& limits = {});

/// One value at the front of some bytes, and how many of them it took.
struct ValuePrefix {
  Value value;
  std::size_t consumed;
};
/// The value at the front of `binary`, or nothing if more bytes are needed to tell. A length over
/// the limit is refused when it is announced. Errors: `bad-binary`, `limit`.
[[nodiscard]] Result<std::optional<ValuePrefix>> decode_value_prefix(
    ByteView binary, const ValueLimits& limits = {});

/// Where a canonical value ends.
struct CanonicalExtent {
  const std::uint8_t* end = nullptr;
  bool holds_references = false;
};
/// The extent of the value at the front of `binary` if all of it is there, it is canonical and
/// within the limits; otherwise (whatever the reason) `end` is null.
[[nodiscard]] CanonicalExtent canonical_extent(ByteView binary, const ValueLimits& limits = {});

}  // namespace avow::wire
