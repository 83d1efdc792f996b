#include "avow/wire/epoch.hpp"

#include <string_view>

namespace avow::wire {

std::string epoch_text(std::uint64_t epoch) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[(epoch >> shift) & 0xFU];
  return text;
}

}  // namespace avow::wire
