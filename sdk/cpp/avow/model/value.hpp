#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/encoding.hpp"

// A value is its canonical Preserves bytes, in one immutable buffer that many may share. Equality
// is a comparison of bytes, a field is a slice, and no tree of nodes is ever built. `Value` owns
// (counts) the buffer; `ValueView` borrows bytes that somebody else keeps alive.
//
// Embedded references come in two forms. On the wire they embed a sequence ([0 oid], [1 oid …]);
// in memory, behind a session's membrane or an SDK's connection, they embed the 8 big-endian bytes
// of a `ReferenceId` (86 B2 08 …): fixed width, so that equality, order and hash just work.

namespace avow {

/// The kinds of value, in the order that Preserves gives them.
enum class Kind : std::uint8_t {
  boolean,
  double_,
  integer,
  string,
  bytes,
  symbol,
  record,
  sequence,
  set,
  dictionary,
  embedded,
};

/// Names an entity together with the caveats on the way to it. Handed out by one counter of an
/// engine or of a client connection, never used again.
enum class ReferenceId : std::uint64_t {};

class Elements;

/// Borrowed canonical bytes of exactly one value.
class ValueView {
 public:
  /// `canonical` is exactly one value in canonical form; nothing is checked.
  explicit ValueView(ByteView canonical) : at_(canonical.data()), size_(canonical.size()) {}

  [[nodiscard]] ByteView bytes() const { return {at_, size_}; }
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_atom() const { return kind() < Kind::record; }
  [[nodiscard]] bool is_compound() const {
    return kind() >= Kind::record && kind() <= Kind::dictionary;
  }

  // Each is empty where the value is of another kind (or the number does not fit).
  [[nodiscard]] std::optional<bool> as_boolean() const;
  [[nodiscard]] std::optional<double> as_double() const;
  [[nodiscard]] std::optional<std::int64_t> as_int64() const;
  [[nodiscard]] std::optional<std::uint64_t> as_uint64() const;
  [[nodiscard]] std::optional<std::string_view> as_string() const;
  [[nodiscard]] std::optional<std::string_view> as_symbol() const;
  [[nodiscard]] std::optional<ByteView> as_bytes() const;
  [[nodiscard]] std::optional<ReferenceId> as_reference() const;
  /// An integer's big-endian two's complement, shortest form; zero is empty.
  [[nodiscard]] std::optional<ByteView> integer_bytes() const;
  /// What an embedded value embeds.
  [[nodiscard]] std::optional<ValueView> embedded_payload() const;

  [[nodiscard]] bool is_symbol(std::string_view name) const { return as_symbol() == name; }
  /// Whether this is a record whose label is the symbol `label`.
  [[nodiscard]] bool is_record(std::string_view label) const;
  /// A record's label. Only for records.
  [[nodiscard]] ValueView label() const;
  /// A record's fields, a sequence's or set's elements, a dictionary's keys and values in turn;
  /// none for atoms and embedded values.
  [[nodiscard]] Elements elements() const;
  [[nodiscard]] std::size_t element_count() const;
  /// Field `index` of a record or element of a sequence, if it is there.
  [[nodiscard]] std::optional<ValueView> element(std::size_t index) const;
  /// The value under `key` of a dictionary, if it is there.
  [[nodiscard]] std::optional<ValueView> entry(ValueView key) const;
  /// The value under the symbol `key` of a dictionary, if it is there.
  [[nodiscard]] std::optional<ValueView> entry(std::string_view key) const;

  friend bool operator==(ValueView a, ValueView b) { return equal(a.bytes(), b.bytes()); }

 private:
  const std::uint8_t* at_;
  std::size_t size_;
};

/// A walk over the elements of a compound: `for (ValueView element : view.elements())`.
class Elements {
 public:
  class Iterator {
   public:
    using value_type = ValueView;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    Iterator() = default;
    explicit Iterator(const std::uint8_t* at) : at_(at) {}
    ValueView operator*() const {
      return ValueView(ByteView(at_, static_cast<std::size_t>(skip_value(at_) - at_)));
    }
    Iterator& operator++() {
      at_ = skip_value(at_);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const std::uint8_t* at_ = nullptr;
  };

  /// From `first` up to the end tag at `last`.
  Elements(const std::uint8_t* first, const std::uint8_t* last) : first_(first), last_(last) {}
  [[nodiscard]] Iterator begin() const { return Iterator(first_); }
  [[nodiscard]] Iterator end() const { return Iterator(last_); }
  [[nodiscard]] bool empty() const { return first_ == last_; }

 private:
  const std::uint8_t* first_;
  const std::uint8_t* last_;
};

/// An immutable value. Copying shares the bytes; safe to use from any thread.
class Value {
 public:
  /// The boolean false.
  Value() noexcept = default;
  /// Copies `canonical`, exactly one value in canonical form; nothing is checked.
  [[nodiscard]] static Value from_canonical(ByteView canonical);
  /// As above, for a caller who knows whether there is an embedded value inside.
  [[nodiscard]] static Value from_canonical(ByteView canonical, bool holds_references);
  explicit Value(ValueView view) : Value(from_canonical(view.bytes())) {}

  // One atom each. `symbol` and `string` must be UTF-8 (`is_utf8`): anything else stops the
  // program.
  [[nodiscard]] static Value boolean(bool value);
  [[nodiscard]] static Value number(double value);
  [[nodiscard]] static Value integer(std::int64_t value);
  [[nodiscard]] static Value integer(std::uint64_t value);
  [[nodiscard]] static Value string(std::string_view text);
  [[nodiscard]] static Value symbol(std::string_view name);
  [[nodiscard]] static Value bytes(ByteView content);
  [[nodiscard]] static Value reference(ReferenceId id);

  Value(const Value& other) noexcept : buffer_(other.buffer_) { retain(); }
  Value(Value&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    std::swap(buffer_, copy.buffer_);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Value() {
    if (buffer_ != nullptr) release();
  }

  [[nodiscard]] ByteView bytes() const {
    return buffer_ == nullptr ? ByteView(&false_bytes, 1)
                              : ByteView(buffer_->content(), buffer_->size);
  }
  [[nodiscard]] ValueView view() const { return ValueView(bytes()); }
  operator ValueView() const { return view(); }  // NOLINT: a value may always be looked at
  /// Whether an embedded value stands anywhere inside. Only such values need a membrane's work.
  [[nodiscard]] bool holds_references() const {
    return buffer_ != nullptr && buffer_->holds_references;
  }

  friend bool operator==(const Value& a, const Value& b) {
    return a.buffer_ == b.buffer_ || equal(a.bytes(), b.bytes());
  }

 private:
  // The bytes of the value follow this header in the same allocation.
  struct Buffer {
    std::atomic<std::uint32_t> references;
    std::uint32_t size;
    bool holds_references;

    [[nodiscard]] std::uint8_t* content() { return reinterpret_cast<std::uint8_t*>(this + 1); }
    [[nodiscard]] const std::uint8_t* content() const {
      return reinterpret_cast<const std::uint8_t*>(this + 1);
    }
  };
  static constexpr std::uint8_t false_bytes = tag::false_;

  explicit Value(Buffer* adopted) noexcept : buffer_(adopted) {}
  void retain() const noexcept {
    if (buffer_ != nullptr) buffer_->references.fetch_add(1, std::memory_order_relaxed);
  }
  /// Of one that has a buffer.
  void release() noexcept;

  Buffer* buffer_ = nullptr;
};

/// The total order of Preserves: by kind, then doubles by IEEE totalOrder, integers by number,
/// texts by code point, compounds element by element in total order. Not the order of the bytes.
/// (Sets and dictionaries compare their elements sorted by total order.)
[[nodiscard]] std::strong_ordering compare_total(ValueView a, ValueView b);

/// A set's elements in total order, or a dictionary's keys and values in turn, in total order of
/// the keys.
[[nodiscard]] std::vector<ValueView> in_total_order(ValueView set_or_dictionary);

/// Appends the in-memory form of a reference.
void append_reference(Bytes& to, ReferenceId id);

/// Whether an embedded value stands anywhere inside trusted canonical bytes.
[[nodiscard]] bool contains_embedded(ByteView canonical);

}  // namespace avow
