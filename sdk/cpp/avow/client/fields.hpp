#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/client/fact.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/value.hpp"

// How the field of a struct is written and read. A type of your own joins by a specialisation.

namespace avow {

/// `static void write(Builder&, const Field&)` and `static std::optional<Field> read(ValueView)`,
/// which is empty where the value is of another kind or does not fit.
template <class Field>
struct FieldTraits;

template <>
struct FieldTraits<bool> {
  static void write(Builder& to, bool field) { to.boolean(field); }
  static std::optional<bool> read(ValueView value) { return value.as_boolean(); }
};

template <std::integral Field>
struct FieldTraits<Field> {
  static void write(Builder& to, Field field) { append_to(to, field); }
  static std::optional<Field> read(ValueView value) {
    if constexpr (std::is_signed_v<Field>) {
      return fitting(value.as_int64());
    } else {
      return fitting(value.as_uint64());
    }
  }

 private:
  template <class Wide>
  static std::optional<Field> fitting(std::optional<Wide> wide) {
    if (!wide || !std::in_range<Field>(*wide)) return std::nullopt;
    return static_cast<Field>(*wide);
  }
};

/// An integer is accepted where a double is due: people write 21 and mean 21.0.
template <std::floating_point Field>
struct FieldTraits<Field> {
  static void write(Builder& to, Field field) { to.number(static_cast<double>(field)); }
  static std::optional<Field> read(ValueView value) {
    if (const auto number = value.as_double()) return static_cast<Field>(*number);
    if (const auto integer = value.as_int64()) return static_cast<Field>(*integer);
    return std::nullopt;
  }
};

template <>
struct FieldTraits<std::string> {
  static void write(Builder& to, const std::string& field) { to.string(field); }
  static std::optional<std::string> read(ValueView value) {
    const auto text = value.as_string();
    return text ? std::optional<std::string>(*text) : std::nullopt;
  }
};

template <>
struct FieldTraits<Symbol> {
  static void write(Builder& to, const Symbol& field) { to.symbol(field.name); }
  static std::optional<Symbol> read(ValueView value) {
    const auto name = value.as_symbol();
    return name ? std::optional<Symbol>(Symbol{std::string(*name)}) : std::nullopt;
  }
};

/// Any value.
template <>
struct FieldTraits<Value> {
  static void write(Builder& to, const Value& field) { to.value(field); }
  static std::optional<Value> read(ValueView value) { return Value(value); }
};

/// A byte string.
template <>
struct FieldTraits<Bytes> {
  static void write(Builder& to, const Bytes& field) { to.bytes(field); }
  static std::optional<Bytes> read(ValueView value) {
    const auto content = value.as_bytes();
    return content ? std::optional<Bytes>(Bytes(content->begin(), content->end())) : std::nullopt;
  }
};

/// A sequence.
template <class Item>
struct FieldTraits<std::vector<Item>> {
  static void write(Builder& to, const std::vector<Item>& field) {
    to.begin_sequence();
    for (const Item& item : field) FieldTraits<Item>::write(to, item);
    to.end();
  }
  static std::optional<std::vector<Item>> read(ValueView value) {
    if (value.kind() != Kind::sequence) return std::nullopt;
    std::vector<Item> items;
    for (const ValueView element : value.elements()) {
      std::optional<Item> item = FieldTraits<Item>::read(element);
      if (!item) return std::nullopt;
      items.push_back(std::move(*item));
    }
    return items;
  }
};

/// A dictionary.
template <class Key, class Item>
struct FieldTraits<std::map<Key, Item>> {
  static void write(Builder& to, const std::map<Key, Item>& field) {
    to.begin_dictionary();
    for (const auto& [key, item] : field) {
      FieldTraits<Key>::write(to, key);
      FieldTraits<Item>::write(to, item);
    }
    to.end();
  }
  static std::optional<std::map<Key, Item>> read(ValueView value) {
    if (value.kind() != Kind::dictionary) return std::nullopt;
    std::map<Key, Item> entries;
    const Elements elements = value.elements();
    for (auto at = elements.begin(); at != elements.end(); ++at) {
      std::optional<Key> key = FieldTraits<Key>::read(*at);
      std::optional<Item> item = FieldTraits<Item>::read(*++at);
      if (!key || !item) return std::nullopt;
      entries.emplace(std::move(*key), std::move(*item));
    }
    return entries;
  }
};

/// A record inside a record.
template <Fact Field>
struct FieldTraits<Field> {
  static void write(Builder& to, const Field& field) {
    to.value(FactTraits<Field>::to_value(field));
  }
  static std::optional<Field> read(ValueView value) { return FactTraits<Field>::from_value(value); }
};

}  // namespace avow
