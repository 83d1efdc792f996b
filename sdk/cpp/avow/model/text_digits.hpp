#pragma once

#include <cstdint>
#include <string>

// Digits and characters as text spells them. A detail of this folder.

namespace avow {

/// What a hex digit stands for, or -1.
[[nodiscard]] constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// What a base64 digit of either alphabet (RFC 4648, sections 4 and 5) stands for, or -1.
[[nodiscard]] constexpr int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

/// Appends the character `code`, which is no surrogate, in UTF-8.
inline void append_utf8(std::string& to, std::uint32_t code) {
  const auto byte = [&](std::uint32_t bits) { to += static_cast<char>(bits); };
  const auto continued = [&](int shift) { byte(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    continued(6);
  } else {
    byte(0xF0 | code >> 18);
    continued(12);
    continued(6);
  }
  continued(0);
}

}  // namespace avow
