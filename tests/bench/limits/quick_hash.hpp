#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "avow/base/bytes.hpp"

// Hashing by folded multiplication: as fast as it gets, and not safe against clients that choose
// what is hashed.

namespace avow::bench {

inline constexpr std::uint64_t hash_k0 = 0x9E3779B97F4A7C15ULL ^ 0x1234567887654321ULL;
inline constexpr std::uint64_t hash_k1 = 0xD6E8FEB86659FD93ULL;
inline constexpr std::uint64_t hash_k2 = 0xA0761D6478BD642FULL;

[[nodiscard]] inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
[[nodiscard]] inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  return fold(a ^ hash_k1, b ^ hash_k2 ^ std::rotl(a, 32));
}
[[nodiscard]] inline std::uint64_t hash_number(std::uint64_t number) {
  return fold(number ^ hash_k0, hash_k1);
}

template <class Word>
[[nodiscard]] std::uint64_t load(const std::uint8_t* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

[[nodiscard]] inline std::uint64_t hash_short(const std::uint8_t* at, std::size_t size) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (size >= 8) {
    a = load<std::uint64_t>(at);
    b = load<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    a = load<std::uint32_t>(at);
    b = load<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    a = at[0] | std::uint64_t{at[size / 2]} << 8 | std::uint64_t{at[size - 1]} << 16;
  }
  const std::uint64_t seed = hash_k0 ^ size;
  return fold(fold(a ^ hash_k1, b ^ seed), seed ^ hash_k2);
}

[[nodiscard]] inline std::uint64_t hash_bytes(const std::uint8_t* at, std::size_t size) {
  if (size <= 16) return hash_short(at, size);
  std::uint64_t one = hash_k0 ^ size;
  std::uint64_t other = hash_k2;
  std::size_t left = size;
  for (; left > 32; at += 32, left -= 32) {
    one = fold(load<std::uint64_t>(at) ^ hash_k1, load<std::uint64_t>(at + 8) ^ one);
    other = fold(load<std::uint64_t>(at + 16) ^ hash_k0, load<std::uint64_t>(at + 24) ^ other);
  }
  if (left > 16) {
    one = fold(load<std::uint64_t>(at) ^ hash_k1, load<std::uint64_t>(at + 8) ^ one);
    at += 16;
    left -= 16;
  }
  const std::uint8_t* const tail = at + left - 16;
  return fold(fold(load<std::uint64_t>(tail) ^ hash_k1, load<std::uint64_t>(tail + 8) ^ one),
              other ^ hash_k2);
}

}  // namespace avow::bench
