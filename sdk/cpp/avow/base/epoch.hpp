#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace avow {

/// An epoch as it is told in text: 16 hexadecimal digits.
[[nodiscard]] std::string epoch_text(std::uint64_t epoch);
/// The epoch that a text tells; nothing if it tells none.
[[nodiscard]] std::optional<std::uint64_t> epoch_in(std::string_view text);

}  // namespace avow
