#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/capability/attenuation.hpp"
#include "avow/capability/fuel.hpp"
#include "avow/model/value.hpp"

// What a caveat consists of. Of no interest outside of this folder.
//
//   <rewrite pattern template>   what matches becomes the template's instance, all else is stopped
//   <or [rewrite …]>             the first rewrite that matches
//   <reject pattern>             what matches is stopped, all else passes
//
// Everything may carry more fields than it needs; they are ignored. Parsing recurses as deep as the
// caveats are nested, which every decoder limits.

namespace avow {

/// A pattern of a caveat (not one of a dataspace: it can test kinds and say no).
struct CaveatPattern {
  enum class Form : std::uint8_t {
    any,         ///< `<_>`
    of_kind,     ///< `Boolean`, `Double` … `Embedded`
    bind,        ///< `<bind p>`
    all_of,      ///< `<and [p …]>`
    none_of,     ///< `<not p>`
    literal,     ///< `<lit value>`
    record,      ///< `<rec label [p …]>`, with exactly these fields
    sequence,    ///< `<arr [p …]>`, with exactly these elements
    dictionary,  ///< `<dict {k: p}>`, with at least these keys
  };

  Form form = Form::any;
  Kind kind{};
  Value value;                       ///< The literal, or the record's label.
  std::vector<Value> keys;           ///< Of a dictionary, ascending in total order.
  std::vector<CaveatPattern> parts;  ///< Of a dictionary: one for each key.

  /// Nothing if `wire` is no pattern.
  [[nodiscard]] static std::optional<CaveatPattern> parse(ValueView wire);
  /// How many bindings a match makes. Nothing if there is one under a `not`.
  [[nodiscard]] std::optional<std::size_t> count_bindings() const;
  /// Whether `subject` matches; what is bound is appended to `bindings`, as slices of `subject`.
  /// The answer counts only if `fuel` is not exhausted afterwards.
  [[nodiscard]] bool match(ValueView subject, std::vector<ValueView>& bindings, Fuel& fuel) const;
};

/// What a rewrite makes of the bindings.
struct CaveatTemplate {
  enum class Form : std::uint8_t {
    binding,     ///< `<ref n>`
    literal,     ///< `<lit value>`
    record,      ///< `<rec label [t …]>`
    sequence,    ///< `<arr [t …]>`
    dictionary,  ///< `<dict {k: t}>`
    attenuated,  ///< `<attenuate t [caveat …]>`
  };
  /// Stands for a number that no binding can have.
  static constexpr std::size_t no_binding = std::numeric_limits<std::size_t>::max();

  Form form = Form::literal;
  std::size_t binding = no_binding;
  Value value;                ///< The literal, or the record's label.
  std::vector<Value> values;  ///< The keys of the dictionary, or the caveats of the attenuation.
  std::vector<CaveatTemplate> parts;

  /// Nothing if `wire` is no template.
  [[nodiscard]] static std::optional<CaveatTemplate> parse(ValueView wire);
  /// Whether it can always be filled in from so many bindings, and so can the rewrites in its
  /// attenuations from theirs.
  [[nodiscard]] bool is_sound(std::size_t bindings) const;
  /// Nothing if it does not come to a value: what is to be attenuated is no reference or may not
  /// be, or `fuel` is exhausted.
  [[nodiscard]] std::optional<Value> instantiate(const std::vector<ValueView>& bindings,
                                                 const AttenuateReference& attenuate,
                                                 Fuel& fuel) const;
};

struct Rewrite {
  CaveatPattern pattern;
  CaveatTemplate replacement;

  /// Nothing if `wire` is no rewrite.
  [[nodiscard]] static std::optional<Rewrite> parse(ValueView wire);
};

struct Attenuation::Caveat {
  struct Reject {
    CaveatPattern pattern;
  };
  struct Unknown {};

  /// Rewrites: the first that matches.
  std::variant<Unknown, Reject, std::vector<Rewrite>> form;

  /// What does not parse is unknown. Errors: `invalid-caveat`.
  [[nodiscard]] static Result<Caveat> parse(ValueView wire);
  [[nodiscard]] bool is_unknown() const { return std::holds_alternative<Unknown>(form); }
  /// What `value` becomes, or nothing if it is stopped.
  [[nodiscard]] std::optional<Value> apply(const Value& value, const AttenuateReference& attenuate,
                                           Fuel& fuel) const;
};

/// Field `index` of `record` if that is a sequence.
[[nodiscard]] std::optional<ValueView> sequence_field(ValueView record, std::size_t index);

/// Appends what each element of `sequence` parses as (`Part::parse`); false if one does not.
template <class Part>
bool parse_each(ValueView sequence, std::vector<Part>& parts) {
  for (const ValueView element : sequence.elements()) {
    std::optional<Part> part = Part::parse(element);
    if (!part) return false;
    parts.push_back(std::move(*part));
  }
  return true;
}

/// The entries of a dictionary, ascending in the total order of their keys.
[[nodiscard]] std::vector<std::pair<ValueView, ValueView>> entries_in_total_order(
    ValueView dictionary);

}  // namespace avow
