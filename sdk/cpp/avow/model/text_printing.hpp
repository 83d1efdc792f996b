#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "avow/model/value.hpp"

// Values to text, for text that is to be read as something else than a value. A detail of this
// folder: include text.hpp instead.

namespace avow {

/// How symbols print that would be variables in a typed pattern.
enum class Variables : std::uint8_t { bare, quoted };

/// Whether a bare symbol of this name is a variable of typed patterns: `_`, `$` or `$name`.
[[nodiscard]] inline bool is_variable_name(std::string_view name) {
  return name == "_" || name.starts_with('$');
}

/// Appends one good way to print `value`.
void append_text(std::string& to, ValueView value, Variables variables);

}  // namespace avow
