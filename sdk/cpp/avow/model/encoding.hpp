#pragma once

#include <cstddef>
#include <cstdint>

#include "avow/base/bytes.hpp"

// The bytes of canonical Preserves, which are our values in memory, on the wire and on disk.
//
//   80 81            false, true               B4 label fields… 84    record
//   87 08 <8 bytes>  double, big-endian        B5 elements… 84        sequence
//   B0 len bytes     integer, two's complement B6 elements… 84        set, sorted by bytes
//   B1 len bytes     string (UTF-8)            B7 key value … 84      dictionary, sorted by key
//   bytes B2 len bytes     byte string               86 value               embedded reference B3
//   len bytes     symbol (UTF-8)
//
// Lengths are varints: 7 bits a byte, least significant group first, high bit on all but the last.
// Source: the Preserves specification, binary syntax and canonical form.

namespace avow::tag {

inline constexpr std::uint8_t false_ = 0x80;
inline constexpr std::uint8_t true_ = 0x81;
inline constexpr std::uint8_t end = 0x84;
inline constexpr std::uint8_t annotation = 0x85;
inline constexpr std::uint8_t embedded = 0x86;
inline constexpr std::uint8_t double_ = 0x87;
inline constexpr std::uint8_t integer = 0xB0;
inline constexpr std::uint8_t string = 0xB1;
inline constexpr std::uint8_t bytes = 0xB2;
inline constexpr std::uint8_t symbol = 0xB3;
inline constexpr std::uint8_t record = 0xB4;
inline constexpr std::uint8_t sequence = 0xB5;
inline constexpr std::uint8_t set = 0xB6;
inline constexpr std::uint8_t dictionary = 0xB7;

}  // namespace avow::tag

namespace avow {

inline constexpr std::size_t integer_bytes_max = 10;

/// Writes the canonical encoding of `number` to memory that has room for `integer_bytes_max` bytes.
/// Answers its end.
[[nodiscard]] std::uint8_t* write_integer(std::uint8_t* to, std::int64_t number);

/// Appends the lowest `size` bytes (at most 8) of `bits`, the most significant first.
void append_big_endian(Bytes& to, std::uint64_t bits, std::size_t size);
/// Appends `length` as a varint.
void append_varint(Bytes& to, std::uint64_t length);
/// Appends the canonical encoding of `number`.
void append_integer(Bytes& to, std::int64_t number);
void append_integer(Bytes& to, std::uint64_t number);
/// Appends a double, the bits of a NaN included.
void append_double(Bytes& to, double number);
/// Appends a string, byte string or symbol: `tag`, length, content.
void append_atom(Bytes& to, std::uint8_t tag, ByteView content);

/// Reads a varint of trusted bytes (at most 10 of them) and moves `at` behind it.
[[nodiscard]] inline std::size_t read_varint(const std::uint8_t*& at) {
  std::size_t length = *at & 0x7FU;
  for (unsigned shift = 7; (*at++ & 0x80U) != 0; shift += 7) {
    length |= static_cast<std::size_t>(*at & 0x7FU) << shift;
  }
  return length;
}

/// The end of the canonical value that begins at `at`. Trusted bytes only: nothing is checked.
/// Works without recursion, so that depth costs no stack.
[[nodiscard]] const std::uint8_t* skip_any_value(const std::uint8_t* at);

/// The same, where most values are atoms with one byte that says how long they are.
[[nodiscard]] inline const std::uint8_t* skip_value(const std::uint8_t* at) {
  if (at[0] >= tag::integer && at[0] <= tag::symbol && at[1] < 0x80) return at + 2 + at[1];
  return skip_any_value(at);
}

/// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_utf8(ByteView text);

}  // namespace avow
