#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"

namespace avow::bench {

/// A command to Redis, as its protocol writes it.
[[nodiscard]] inline Bytes redis_command(std::initializer_list<std::string_view> words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n";
    text += word;
    text += "\r\n";
  }
  return {text.begin(), text.end()};
}

}  // namespace avow::bench
