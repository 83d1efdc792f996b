#pragma once

#include "avow/model/value.hpp"

// Who observes a dataspace, in tests.

namespace avow::test {

inline constexpr ReferenceId alice{1};
inline constexpr ReferenceId bob{2};
inline constexpr ReferenceId carol{3};
/// Asks, and is never told anything.
inline constexpr ReferenceId nobody{1};

}  // namespace avow::test
