#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/pattern.hpp"

// Patterns as people type them: Preserves text in which the bare symbol `_` matches anything,
// `$name` or `$` captures, and everything else is itself: `<temperature $room _>`. A record or
// sequence in it demands that the listed fields are there; more may follow. Quoted symbols ('$x')
// are literal. A name used twice demands equal captures.

namespace avow {

struct NamedPattern {
  Pattern pattern;
  std::vector<std::string> names;  ///< Of each capture, in pattern order; "" for a bare `$`.
  SamePairs same;                  ///< From names used twice.
};

/// Constants to put in the place of `$name`, so that nobody pastes input into text.
using PatternConstants = std::map<std::string, Value, std::less<>>;

/// Errors: `bad-text` (with line and column); `bad-pattern` (a set with variables inside, a
/// variable in a label or a key …); `limit`; `unknown-name` (a constant that the text lacks).
[[nodiscard]] Result<NamedPattern> parse_pattern_text(std::string_view text,
                                                      const PatternConstants& constants = {},
                                                      const PatternLimits& limits = {});

/// One good way to type the pattern: reading it gives the same one. (What `parse_pattern_text`
/// never makes is only hinted at: a group that is captured too, wide gaps between fields.)
[[nodiscard]] std::string to_pattern_text(const NamedPattern& pattern);

/// How the pattern was understood, as text: sets out names, constants and what is ignored.
[[nodiscard]] std::string describe(const NamedPattern& pattern);

}  // namespace avow
