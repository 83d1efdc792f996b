#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/value.hpp"

// How values are made. `record("temperature", "kitchen", 21.5)` for values known when writing the
// program; `Builder` for what is only known when it runs.

namespace avow {

/// Writes one value, part by part, in canonical form: sets and dictionaries may be given in any
/// order. Begins and ends must balance, records have a label, dictionaries take key and value in
/// turn (our own mistakes otherwise: they stop the program). What may depend on input, a duplicate
/// element or key and text that is not UTF-8, is an error of `finish`.
class Builder {
 public:
  Builder& boolean(bool value);
  Builder& number(double value);
  Builder& integer(std::int64_t value);
  Builder& integer(std::uint64_t value);
  /// Big-endian two's complement of any length, shortest form or not.
  Builder& integer_bytes(ByteView big_endian);
  Builder& string(std::string_view text);
  Builder& symbol(std::string_view name);
  Builder& bytes(ByteView content);
  Builder& reference(ReferenceId id);
  /// A whole value that exists already.
  Builder& value(ValueView whole);
  Builder& value(const Value& whole);

  /// The next value is the label, those after it are the fields.
  Builder& begin_record();
  Builder& begin_record(std::string_view symbol_label);
  Builder& begin_sequence();
  Builder& begin_set();
  Builder& begin_dictionary();
  /// The next one value is what is embedded. Needs no `end`.
  Builder& begin_embedded();
  Builder& end();

  /// How many begun compounds are not ended yet.
  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  /// Whether a set that was ended held an element twice, or a dictionary a key.
  [[nodiscard]] bool has_duplicate() const { return duplicate_; }
  /// The value; the builder is then as new. Errors: `duplicate` if a set held an element, or a
  /// dictionary a key, twice; `bad-utf8` if a string or symbol was not UTF-8.
  [[nodiscard]] Result<Value> finish();

 private:
  struct Open {
    std::size_t begin;           // Where the compound's first byte stands.
    std::size_t first_boundary;  // Of `boundaries_`: where its first element begins.
    std::size_t elements;        // Begun so far, a record's label included.
  };

  Builder& begin(std::uint8_t kind);
  Builder& text(std::uint8_t kind, std::string_view content);
  Builder& copy(ByteView canonical, bool holds_references);
  void note_element();
  void sort_elements(const Open& compound);

  Bytes out_;
  std::vector<Open> open_;
  // Where each element begins: of the open sets and dictionaries, one after another.
  std::vector<std::size_t> boundaries_;
  std::size_t finished_ = 0;  // Values begun outside of any compound.
  bool holds_references_ = false;
  bool embedded_pending_ = false;
  bool duplicate_ = false;
  bool bad_text_ = false;
};

inline void append_to(Builder& builder, ValueView value) { builder.value(value); }
inline void append_to(Builder& builder, const Value& value) { builder.value(value); }
inline void append_to(Builder& builder, std::string_view text) { builder.string(text); }
inline void append_to(Builder& builder, const char* text) { builder.string(text); }
inline void append_to(Builder& builder, const std::string& text) { builder.string(text); }
inline void append_to(Builder& builder, double value) { builder.number(value); }
inline void append_to(Builder& builder, ReferenceId id) { builder.reference(id); }
template <std::same_as<bool> T>
void append_to(Builder& builder, T value) {
  builder.boolean(value);
}
template <std::integral T>
requires(!std::same_as<T, bool>) void append_to(Builder& builder, T value) {
  if constexpr (std::is_signed_v<T>) {
    builder.integer(static_cast<std::int64_t>(value));
  } else {
    builder.integer(static_cast<std::uint64_t>(value));
  }
}

/// A record with a symbol as label: `record("present", "ann", 3)` is `<present "ann" 3>`.
/// Text that is not UTF-8 (`is_utf8`) stops the program; so it does in `sequence`.
template <class... Fields>
[[nodiscard]] Value record(std::string_view label, const Fields&... fields) {
  Builder builder;
  builder.begin_record(label);
  (append_to(builder, fields), ...);
  builder.end();
  return builder.finish().value();
}

/// A sequence of the given elements.
template <class... Items>
[[nodiscard]] Value sequence(const Items&... items) {
  Builder builder;
  builder.begin_sequence();
  (append_to(builder, items), ...);
  builder.end();
  return builder.finish().value();
}

}  // namespace avow
