#pragma once

#include <cstdint>
#include <string>

namespace avow::wire {

/// An epoch as it is told in text: 16 hexadecimal digits.
[[nodiscard]] std::string epoch_text(std::uint64_t epoch);

}  // namespace avow::wire
