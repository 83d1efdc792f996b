#pragma once

#include <string_view>

namespace avow::cli {

/// Whether one letter added, dropped, changed or two swapped make one of the other.
[[nodiscard]] bool is_nearly(std::string_view typed, std::string_view name);

}  // namespace avow::cli
