#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"

// What an interest asks for, in the index's terms: under which label matching facts stand, which
// constants they have at which paths, which other paths exist, which are equal, and what is
// captured. Interests that differ only in constants and captures have the same shape.

namespace avow::server {

/// Values are kept apart by what a pattern's outermost part can tell about them.
enum class LabelKind : std::uint8_t {
  record,      ///< Records with one label.
  sequence,    ///< All sequences.
  dictionary,  ///< All dictionaries.
  other,       ///< Atoms, sets and references.
  any,         ///< No fact's label, but that of patterns which match anything.
};

struct LabelName {
  LabelKind kind = LabelKind::any;
  ByteView name;  ///< Of records: the label's bytes.
};
[[nodiscard]] LabelName label_of(ValueView fact);

struct Outline {
  struct Constant {
    Bytes path;
    Value literal;
  };

  LabelKind label_kind = LabelKind::any;
  Value label;  ///< Of records.
  std::vector<Constant> constants;
  std::vector<Bytes> existing;  ///< Paths that must exist, where nothing else says so.
  std::vector<std::pair<Bytes, Bytes>> same;  ///< Paths at which equal values stand.
  std::vector<Bytes> captures;                ///< Paths, in the order of the captures.

  [[nodiscard]] LabelName label_name() const { return {label_kind, label.bytes()}; }
  /// Equal for exactly those outlines of a label that have one shape.
  [[nodiscard]] Bytes shape_key() const;
  /// Equal where the paths of the constants are.
  [[nodiscard]] Bytes constants_key() const;
  /// Equal where the captures are.
  [[nodiscard]] Bytes captures_key() const;
  /// The constants, one after another.
  [[nodiscard]] Bytes constants_bytes() const;
};
[[nodiscard]] Outline outline_of(const Interest& interest);

}  // namespace avow::server
