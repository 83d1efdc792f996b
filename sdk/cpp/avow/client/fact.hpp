#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"

// Structs as facts, without macros:
//
//   struct Present {
//     static constexpr avow::Label label = "present";
//     std::string who;
//     std::string room;
//   };
//
// is `<present "ann" "lobby">`. Fields go by their place and may only ever be added at the end: a
// record with more fields than the struct has is one all the same. <avow/facts.hpp> does it for any
// aggregate (this header alone names what is needed); a type that is none specialises `FactTraits`.

namespace avow {

/// The label of a fact's record, a symbol.
struct Label {
  std::string_view name;
  constexpr Label(const char* text) : name(text) {}  // NOLINT: a label is its text
};

/// A symbol as a field; a `std::string` is a string.
struct Symbol {
  std::string name;
  bool operator==(const Symbol&) const = default;
};

/// A struct that says which record it is.
template <class T>
concept Fact = requires {
  { T::label } -> std::convertible_to<Label>;
};

/// How a `T` is written and read. Defined for aggregates by <avow/facts.hpp>: include that.
///   static Value to_value(const T& fact);
///   static Pattern pattern();                          // Binds every field.
///   static std::optional<T> from_captures(ValueView);  // Of that pattern; empty if types differ.
///   static std::optional<Value> normalise(ValueView);  // Captures in the form that a `T` has.
///   static std::optional<T> from_value(ValueView);     // Of the record, which may be longer.
template <class T>
struct FactTraits;

/// Which facts of the type `T`: `any<Job>()`, `where(&Present::room, "lobby")`.
template <Fact T>
struct Match {
  Pattern pattern;  ///< Binds every field, in order.
};

/// Every `T`.
template <Fact T>
[[nodiscard]] Match<T> any() {
  return {FactTraits<T>::pattern()};
}

}  // namespace avow
