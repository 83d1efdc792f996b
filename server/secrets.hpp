#pragma once

#include <cstdint>
#include <filesystem>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "server/base/hash.hpp"

// What the server must not guess and nobody may know: keys and random numbers.

namespace avow::server {

/// Reads a key of 32 bytes, raw or as 64 hex digits. Errors: `bad-key`: unreadable, of another
/// length, or readable by others than its owner.
[[nodiscard]] Result<Bytes> read_key(const std::filesystem::path& file);

/// Random bits from the kernel. Stops the program where there are none.
[[nodiscard]] std::uint64_t random_bits();
[[nodiscard]] HashKey random_hash_key();

}  // namespace avow::server
