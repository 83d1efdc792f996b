#include "cli/spelling.hpp"

#include <algorithm>
#include <optional>

namespace avow::cli {

bool is_nearly(std::string_view typed, std::string_view name) {
  const auto [left, right] = std::mismatch(typed.begin(), typed.end(), name.begin(), name.end());
  const std::string_view a = typed.substr(static_cast<std::size_t>(left - typed.begin()));
  const std::string_view b = name.substr(static_cast<std::size_t>(right - name.begin()));
  const auto after = [](std::string_view text, std::size_t count) {
    return count <= text.size() ? std::optional(text.substr(count)) : std::nullopt;
  };
  if (after(a, 1) == b || after(b, 1) == a) return true;
  if (!a.empty() && !b.empty() && after(a, 1) == after(b, 1)) return true;
  return a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0] && after(a, 2) == after(b, 2);
}

}  // namespace avow::cli
