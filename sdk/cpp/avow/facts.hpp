#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/client/fact.hpp"
#include "avow/client/fields.hpp"
#include "avow/model/pattern.hpp"

// Facts of plain structs: the fields of an aggregate by their places, found by Boost.PFR (headers
// only, nothing to link). See avow/client/fact.hpp for what a fact is.

namespace avow {
namespace detail {

template <class T>
using FieldPlaces = std::make_index_sequence<boost::pfr::tuple_size_v<T>>;

/// `<group <rec label> {0: … 1: …}>`, every field bound. `constants` stand in the fields' places.
[[nodiscard]] inline PatternNode record_pattern(Label label, std::size_t fields) {
  PatternNode group;
  group.kind = PatternNode::Kind::group;
  group.group = PatternNode::Group::record;
  group.literal = Value::symbol(label.name);
  for (std::size_t place = 0; place < fields; ++place) {
    PatternNode bind;
    bind.kind = PatternNode::Kind::bind;
    bind.children.emplace_back();
    group.keys.push_back(Value::integer(static_cast<std::int64_t>(place)));
    group.children.push_back(std::move(bind));
  }
  return group;
}

/// The pattern with field `place` narrowed to the atom `constant`.
[[nodiscard]] inline Pattern with_constant(const Pattern& pattern, std::size_t place,
                                           Value constant) {
  PatternNode root = pattern.root();
  PatternNode& bound = root.children[place].children.front();
  bound.kind = PatternNode::Kind::literal;
  bound.literal = std::move(constant);
  return Pattern(std::move(root));
}

/// The place of the field that `member` points to.
template <class T, class Field>
[[nodiscard]] std::size_t place_of(Field T::*member) {
  const T probe{};
  std::size_t found = boost::pfr::tuple_size_v<T>;
  boost::pfr::for_each_field(probe, [&](const auto& field, std::size_t place) {
    if (static_cast<const void*>(&field) == static_cast<const void*>(&(probe.*member)) &&
        std::is_same_v<std::remove_cvref_t<decltype(field)>, Field>) {
      found = place;
    }
  });
  AVOW_CHECK(found < boost::pfr::tuple_size_v<T>);
  return found;
}

}  // namespace detail

/// A struct by its fields. See the declaration for what each function means.
template <class T>
struct FactTraits {
  static_assert(std::is_aggregate_v<T>, "a fact is a plain struct, or specialises FactTraits");

  [[nodiscard]] static Value to_value(const T& fact) {
    Builder builder;
    builder.begin_record(Label(T::label).name);
    write_fields(builder, fact);
    return builder.end().finish().value();
  }
  [[nodiscard]] static Pattern pattern() {
    return Pattern(detail::record_pattern(T::label, boost::pfr::tuple_size_v<T>));
  }
  [[nodiscard]] static std::optional<T> from_captures(ValueView captures) {
    return read_fields(captures, detail::FieldPlaces<T>{});
  }
  [[nodiscard]] static std::optional<Value> normalise(ValueView captures) {
    const std::optional<T> fact = from_captures(captures);
    if (!fact) return std::nullopt;
    Builder builder;
    builder.begin_sequence();
    write_fields(builder, *fact);
    return builder.end().finish().value();
  }
  [[nodiscard]] static std::optional<T> from_value(ValueView record) {
    if (!record.is_record(Label(T::label).name)) return std::nullopt;
    return read_fields(record, detail::FieldPlaces<T>{});
  }

 private:
  static void write_fields(Builder& to, const T& fact) {
    boost::pfr::for_each_field(fact, [&to](const auto& field) {
      FieldTraits<std::remove_cvref_t<decltype(field)>>::write(to, field);
    });
  }

  template <std::size_t... places>
  static std::optional<T> read_fields(ValueView compound, std::index_sequence<places...>) {
    T fact{};
    const bool all = (read_field<places>(compound, fact) && ...);
    return all ? std::optional<T>(std::move(fact)) : std::nullopt;
  }
  template <std::size_t place>
  static bool read_field(ValueView compound, T& fact) {
    using Field = boost::pfr::tuple_element_t<place, T>;
    const std::optional<ValueView> element = compound.element(place);
    if (!element) return false;
    std::optional<Field> field = FieldTraits<Field>::read(*element);
    if (!field) return false;
    boost::pfr::get<place>(fact) = std::move(*field);
    return true;
  }
};

/// A field that a constant can stand for in a pattern: one that is an atom.
template <class Field>
concept AtomField = std::is_arithmetic_v<Field> || std::is_same_v<Field, std::string> ||
    std::is_same_v<Field, Symbol> || std::is_same_v<Field, Bytes>;

/// The facts whose field `member` is `constant`; narrow `match` further, or every `T`. The constant
/// is of the field's type: a double constant does not find integers.
template <Fact T, AtomField Field>
[[nodiscard]] Match<T> where(Match<T> match, Field T::*member,
                             const std::type_identity_t<Field>& constant) {
  Builder builder;
  FieldTraits<Field>::write(builder, constant);
  return {detail::with_constant(match.pattern, detail::place_of(member), builder.finish().value())};
}
template <Fact T, AtomField Field>
[[nodiscard]] Match<T> where(Field T::*member, const std::type_identity_t<Field>& constant) {
  return where(any<T>(), member, constant);
}

}  // namespace avow
