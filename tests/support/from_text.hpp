#pragma once

#include <string_view>

#include "avow/model/text.hpp"

namespace avow::test {

/// The value that is written there.
[[nodiscard]] inline Value from_text(std::string_view written) {
  return parse_text(written).value();
}

}  // namespace avow::test
