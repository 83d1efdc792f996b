#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "avow/base/bytes.hpp"

// What tells that bytes came back from the disk as they went there. A CRC over each row finds
// flipped bits; a tally over a table finds rows that are missing, old or there twice; a chain of
// hashes over the log makes its order and its beginning part of what is checked.

namespace avow::server {

/// CRC-32C (Castagnoli, reflected, as in RFC 3720) of `bytes`, going on from `crc` of what was
/// before them.
[[nodiscard]] std::uint32_t crc32c(ByteView bytes, std::uint32_t crc = 0);

/// The CRC of a row: its numbers as 8 bytes each, big-endian, and its byte strings, the length of
/// each before it in the same way.
class RowCrc {
 public:
  RowCrc& number(std::uint64_t number);
  RowCrc& bytes(ByteView bytes);
  [[nodiscard]] std::uint32_t value() const { return crc_; }

 private:
  std::uint32_t crc_ = 0;
};

/// How many rows a table has, and the sum of what each has as its CRC, modulo 2^64.
struct RowSum {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;

  void add(std::uint32_t crc) {
    ++rows;
    sum += crc;
  }
  void remove(std::uint32_t crc) {
    --rows;
    sum -= crc;
  }
  friend bool operator==(const RowSum&, const RowSum&) = default;
};

/// A link of the chain: BLAKE2s-256 of the link before, the number of the turn (8 bytes,
/// big-endian) and its record. Before the first turn of a history it is all zeros.
using ChainHash = std::array<std::uint8_t, 32>;

/// Makes BLAKE2s-256 hashes, one after another.
class Hasher {
 public:
  Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  /// Forgets what was added.
  void start();
  void add(ByteView bytes);
  [[nodiscard]] ChainHash finish();
  /// The link that follows `before`.
  [[nodiscard]] ChainHash link(const ChainHash& before, std::uint64_t seq, ByteView record);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Eight bytes, big-endian.
[[nodiscard]] std::array<std::uint8_t, 8> big_endian(std::uint64_t number);

}  // namespace avow::server
