#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "tests/support/random.hpp"

// What simulated clients say. All of them draw from the same few words, so that they often mean the
// same facts, share topics, and match each other's patterns.

namespace avow::simulation {

/// The dataspaces of a simulation: `main` and another.
inline constexpr std::size_t space_count = 2;
/// The oid of a sturdy reference to each.
[[nodiscard]] Value space_oid(std::size_t space);

/// What an observer asks for.
struct Wish {
  Pattern pattern{};                 ///< Whose captures are told.
  SamePairs same{};                  ///< Captures that must be equal.
  std::vector<std::string> names{};  ///< Of the captures, where it was typed.
  bool whole = false;                ///< Asked for with the option `whole`: it is captured first.
};

/// A fact without references: `<a …>`, `<b …>`, `<c …>`.
[[nodiscard]] Value random_fact(test::Random& random);
/// A fact that makes an entity known: `<who 17 #:ref>`, where the number says whose it is.
[[nodiscard]] Value who_fact(ReferenceId entity);
/// What others assert at that entity; `author` makes it unique.
[[nodiscard]] Value note_for(ReferenceId entity, std::uint64_t author);
/// Two facts that are only ever published and retracted together.
[[nodiscard]] Value pair_fact(std::uint64_t number, std::string_view side);

enum class Interests : std::uint8_t {
  unseen,    ///< Patterns never match `Observe` facts.
  observed,  ///< They may.
};
[[nodiscard]] Wish random_wish(test::Random& random, Interests interests);
/// Asks for everything that `who_fact` makes, by number and reference.
[[nodiscard]] Wish who_wish();
/// Asks for all pairs, by number and side.
[[nodiscard]] Wish pair_wish();

/// A wish as people type it, with names, some of them twice.
[[nodiscard]] Wish random_typed_wish(test::Random& random);

/// The fact that asks for `wish`, as plain clients write it.
[[nodiscard]] Value observe_fact(const Wish& wish, ReferenceId observer);

/// `value` with every embedded value replaced by the same one, so that what two sessions see of a
/// reference can be compared.
[[nodiscard]] Value without_references(const Value& value);

}  // namespace avow::simulation
