#pragma once

#include <optional>
#include <string>

#include "tests/model/history.hpp"

namespace avow::test {

/// Runs a history through two dataspaces, whose hash tables have different secrets and of which one
/// keeps directories for hardly any facts, and through the naive one. What differs, as a sentence;
/// nothing if all come to the same.
[[nodiscard]] std::optional<std::string> difference_in(const History& history);

}  // namespace avow::test
