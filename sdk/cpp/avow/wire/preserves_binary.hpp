#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "avow/base/result.hpp"

// What all readers of Preserves binary know.

namespace avow::wire {

inline constexpr std::size_t double_bytes = 8;

[[nodiscard]] inline Error bad_binary(std::string detail) {
  return {"bad-binary", std::move(detail)};
}

}  // namespace avow::wire
