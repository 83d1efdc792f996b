#pragma once

#include <cstddef>
#include <cstdint>

// The numbers of RFC 6455, 5.2, that whoever reads frames and whoever writes them share.

namespace avow::server {

namespace opcode {
constexpr std::uint8_t continuation = 0x0;
constexpr std::uint8_t text = 0x1;
constexpr std::uint8_t binary = 0x2;
constexpr std::uint8_t close = 0x8;
constexpr std::uint8_t ping = 0x9;
constexpr std::uint8_t pong = 0xA;
}  // namespace opcode

/// The second byte of a frame says with these that the length follows, in so many bytes.
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;
/// The longest payload of a control frame (5.5).
constexpr std::size_t control_bytes_max = 125;

}  // namespace avow::server
