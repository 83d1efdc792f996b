#include "avow/wire/preserves.hpp"

#include <utility>
#include <vector>

#include "avow/wire/building.hpp"
#include "avow/wire/preserves_binary.hpp"

namespace avow::wire {
namespace {

// Nothing is open, below the outermost value. No tag has this number.
constexpr std::uint8_t root = 0;
// A length of more than ten groups of seven bits does not fit into 64 bits, however written.
constexpr unsigned length_groups_max = 10;

Error over_limit(std::string detail) { return {"limit", std::move(detail)}; }

/// Reads any well-formed value, part by part, into a builder. Keeps its own stack, so that depth
/// costs no recursion.
class Reader {
 public:
  enum class State { whole, incomplete };

  Reader(ByteView binary, const ValueLimits& limits) : left_(binary), limits_(limits) {
    open_.push_back({.kind = root});
  }

  // Reads on until the value is whole or the bytes are used up.
  Result<State> run() {
    while (!left_.empty()) {
      const std::uint8_t kind = left_[0];
      left_ = left_.subspan(1);
      AVOW_TRY(const bool there, read_part(kind));
      if (!there) return State::incomplete;
      if (whole_) return State::whole;
    }
    return State::incomplete;
  }

  [[nodiscard]] std::size_t bytes_left() const { return left_.size(); }
  [[nodiscard]] Result<Value> finish() {
    Result<Value> value = builder_.finish();
    if (!value.has_value()) return bad_binary(value.error().detail);
    return value;
  }

 private:
  struct Open {
    std::uint8_t kind;         // The tag of what is open, or `root`.
    std::size_t elements = 0;  // Whole ones so far, a record's label included.
  };

  // Each of these answers whether all the bytes of the part were there.
  Result<bool> read_part(std::uint8_t kind) {
    if (kind == tag::end) return leave();
    if (kind == tag::annotation || kind == tag::embedded ||
        (kind >= tag::record && kind <= tag::dictionary)) {
      return enter(kind);
    }
    return read_atom(kind);
  }

  Result<bool> enter(std::uint8_t kind) {
    if (open_.size() > limits_.depth_max) {
      return over_limit("A value is nested deeper than " + std::to_string(limits_.depth_max) +
                        ", which is the limit.");
    }
    if (kind != tag::annotation) {
      AVOW_TRY_VOID(begin_value());
    }
    open_.push_back({.kind = kind});
    if (kind == tag::annotation) {
      ++annotations_;
    } else if (annotations_ == 0) {
      begin_compound(builder_, kind);
    }
    return true;
  }

  Result<bool> leave() {
    const Open top = open_.back();
    if (top.kind < tag::record || value_due_) {
      return bad_binary("An end stands where a value is due.");
    }
    if (top.kind == tag::record && top.elements == 0) return bad_binary("A record has no label.");
    if (top.kind == tag::dictionary && top.elements % 2 != 0) {
      return bad_binary("A dictionary has a key without a value.");
    }
    open_.pop_back();
    if (annotations_ == 0) builder_.end();
    note_value();
    return true;
  }

  Result<bool> read_atom(std::uint8_t kind) {
    if (kind == tag::false_ || kind == tag::true_) {
      AVOW_TRY_VOID(begin_value());
      if (annotations_ == 0) builder_.boolean(kind == tag::true_);
      note_value();
      return true;
    }
    if (kind != tag::double_ && (kind < tag::integer || kind > tag::symbol)) {
      return bad_binary("No value begins with the byte " + std::to_string(kind) + ".");
    }
    AVOW_TRY(const std::optional<std::size_t> size, read_length());
    if (!size) return false;
    AVOW_TRY_VOID(check_length(kind, *size));
    if (*size > left_.size()) return false;
    AVOW_TRY_VOID(begin_value());
    AVOW_TRY_VOID(add_atom(kind, left_.first(*size)));
    left_ = left_.subspan(*size);
    note_value();
    return true;
  }

  // The next varint, shortest form or not; nothing if it is not all there.
  Result<std::optional<std::size_t>> read_length() {
    std::uint64_t length = 0;
    for (unsigned group = 0; group < length_groups_max; ++group) {
      if (left_.empty()) return std::optional<std::size_t>();
      const std::uint8_t byte = left_[0];
      left_ = left_.subspan(1);
      const std::uint64_t bits = byte & 0x7FU;
      if (group == length_groups_max - 1 && bits > 1) break;
      length |= bits << (7 * group);
      if ((byte & 0x80U) == 0) return std::optional<std::size_t>(length);
    }
    return over_limit("A length does not fit into 64 bits.");
  }

  Result<void> check_length(std::uint8_t kind, std::size_t size) const {
    if (kind == tag::double_) {
      if (size != double_bytes) return bad_binary("A double does not take eight bytes.");
    } else if (kind == tag::integer) {
      if (size > limits_.integer_bits_max / 8) {
        return over_limit("An integer takes more than " + std::to_string(limits_.integer_bits_max) +
                          " bits, which is the limit.");
      }
    } else if (size > limits_.string_bytes_max) {
      return over_limit("A string, byte string or symbol is longer than " +
                        std::to_string(limits_.string_bytes_max) + " bytes, which is the limit.");
    }
    return {};
  }

  Result<void> add_atom(std::uint8_t kind, ByteView content) {
    const bool is_text = kind == tag::string || kind == tag::symbol;
    if (is_text && !is_utf8(content)) return bad_binary("A string or symbol is not UTF-8.");
    if (annotations_ > 0) return {};
    if (kind == tag::string) {
      builder_.string(text_of(content));
    } else if (kind == tag::symbol) {
      builder_.symbol(text_of(content));
    } else if (kind == tag::bytes) {
      builder_.bytes(content);
    } else if (kind == tag::integer) {
      builder_.integer_bytes(content);
    } else {
      Bytes whole;
      append_atom(whole, tag::double_, content);
      builder_.value(ValueView(whole));
    }
    return {};
  }

  Result<void> begin_value() {
    if (++nodes_ > limits_.nodes_max) {
      return over_limit("A value holds more than " + std::to_string(limits_.nodes_max) +
                        " values, which is the limit.");
    }
    value_due_ = false;
    return {};
  }

  // A value ended: what does that mean for what it stands in?
  void note_value() {
    while (open_.back().kind == tag::embedded) open_.pop_back();
    if (open_.back().kind == tag::annotation) {
      // What it annotates comes next. A duplicate inside an annotation goes unnoticed: nothing of
      // it is kept.
      open_.pop_back();
      --annotations_;
      value_due_ = true;
    } else if (open_.back().kind == root) {
      whole_ = true;
    } else {
      ++open_.back().elements;
    }
  }

  ByteView left_;
  const ValueLimits& limits_;
  Builder builder_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  std::size_t annotations_ = 0;  // How many are open. Nothing inside them is built.
  bool value_due_ = false;       // An annotation ended, what it annotates has not begun.
  bool whole_ = false;
};

// What is not canonical.
Result<std::optional<ValuePrefix>> read_part_by_part(ByteView binary, const ValueLimits& limits) {
  Reader reader(binary, limits);
  AVOW_TRY(const Reader::State state, reader.run());
  if (state == Reader::State::incomplete) return std::optional<ValuePrefix>();
  AVOW_TRY(Value value, reader.finish());
  return std::optional(ValuePrefix{std::move(value), binary.size() - reader.bytes_left()});
}

Error more_than_a_value() { return bad_binary("Something follows the value."); }

}  // namespace

Result<std::optional<ValuePrefix>> decode_value_prefix(ByteView binary, const ValueLimits& limits) {
  const CanonicalExtent canonical = canonical_extent(binary, limits);
  if (canonical.end == nullptr) return read_part_by_part(binary, limits);
  const auto size = static_cast<std::size_t>(canonical.end - binary.data());
  return std::optional(
      ValuePrefix{Value::from_canonical(binary.first(size), canonical.holds_references), size});
}

Result<void> decode_value_into(Value& into, ByteView binary, const ValueLimits& limits) {
  const CanonicalExtent canonical = canonical_extent(binary, limits);
  if (canonical.end != nullptr) {
    if (canonical.end != binary.data() + binary.size()) return more_than_a_value();
    into = Value::from_canonical(binary, canonical.holds_references);
    return {};
  }
  AVOW_TRY(std::optional<ValuePrefix> prefix, read_part_by_part(binary, limits));
  if (!prefix) return bad_binary("The value ends before it is whole.");
  if (prefix->consumed != binary.size()) return more_than_a_value();
  into = std::move(prefix->value);
  return {};
}

Result<Value> decode_value(ByteView binary, const ValueLimits& limits) {
  Value value;
  AVOW_TRY_VOID(decode_value_into(value, binary, limits));
  return value;
}

}  // namespace avow::wire
