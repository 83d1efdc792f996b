#pragma once

#include <array>
#include <cstdint>

#include "avow/base/bytes.hpp"

// What only the owner of a key can compute: HMAC-BLAKE2s-256. Whoever checks such bytes compares
// them in constant time, so that a wrong guess does not tell how wrong it was.

namespace avow {

using KeyedDigest = std::array<std::uint8_t, 32>;

[[nodiscard]] KeyedDigest keyed_digest(ByteView key, ByteView data);

/// Whether both are the same, in a time that depends on their sizes alone.
[[nodiscard]] bool are_equal_secrets(ByteView one, ByteView other);

}  // namespace avow
