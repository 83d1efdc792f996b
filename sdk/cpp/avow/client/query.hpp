#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "avow/model/pattern_text.hpp"
#include "avow/model/value.hpp"

namespace avow {

/// What a subscription or a query wants to be told about every match.
enum class Want : std::uint8_t {
  captures,     ///< Only what the pattern captures: equal captures are told once.
  whole_facts,  ///< The fact too: every distinct fact is told.
};

/// What to look for: `Pattern`s are made by hand, `NamedPattern`s of text (`parse_pattern_text`).
struct Query {
  NamedPattern pattern;
  Want want = Want::whole_facts;
  /// Turns captures into one form, so that what differs only by form is told as one; nothing if
  /// these captures are not wanted at all. (A struct's double field reads 21 and 21.0 alike.)
  std::function<std::optional<Value>(ValueView captures)> normalise;

  Query(NamedPattern named, Want wanted = Want::whole_facts)  // NOLINT: a query is its pattern
      : pattern(std::move(named)), want(wanted) {}
  Query(Pattern plain, Want wanted = Want::whole_facts)  // NOLINT
      : pattern{std::move(plain), {}, {}}, want(wanted) {}
};

}  // namespace avow
