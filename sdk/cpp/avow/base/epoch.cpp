#include "avow/base/epoch.hpp"

#include <charconv>

namespace avow {
namespace {

constexpr std::size_t epoch_digits = 16;

}  // namespace

std::string epoch_text(std::uint64_t epoch) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[(epoch >> shift) & 0xFU];
  return text;
}

std::optional<std::uint64_t> epoch_in(std::string_view text) {
  if (text.size() != epoch_digits) return std::nullopt;
  std::uint64_t epoch = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, epoch, 16);
  if (failure != std::errc() || stopped != end) return std::nullopt;
  return epoch;
}

}  // namespace avow
