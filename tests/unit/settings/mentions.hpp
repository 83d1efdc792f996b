#pragma once

#include <string>
#include <string_view>

namespace avow::server {

[[nodiscard]] inline bool mentions(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

}  // namespace avow::server
