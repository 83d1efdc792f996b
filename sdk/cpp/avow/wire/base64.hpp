#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"

// Base64 (RFC 4648, section 4).

namespace avow::wire {

/// Appends `bytes`, padded.
void append_base64(std::string& to, ByteView bytes);
/// Padding may be missing. Nothing if a character is foreign or the length cannot be.
[[nodiscard]] std::optional<Bytes> base64_to_bytes(std::string_view text);

}  // namespace avow::wire
