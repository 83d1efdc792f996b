#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// How much memory this process has, as Linux tells it in /proc/self/statm: seven numbers of pages,
// of which the second is what is resident.

namespace avow::server {

/// The bytes that are resident; nothing where /proc is not mounted.
[[nodiscard]] std::optional<std::uint64_t> resident_bytes();

/// The same of the text of such a file. Nothing if it is none.
[[nodiscard]] std::optional<std::uint64_t> resident_bytes_in(std::string_view statm,
                                                             std::uint64_t page_bytes);

}  // namespace avow::server
