#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/encoding.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/path_tree.hpp"

// A shape: which paths hold constants, which must exist, which must be equal. All interests of one
// label that differ in nothing else but the constants and the captures share it, so that one look
// into a hash table finds those that a fact matches, however many there are.

namespace avow::server {

class Shape {
 public:
  Shape() = default;
  /// Uses paths of `tree` until `release`. `number` tells shapes of one dataspace apart.
  Shape(const Outline& outline, std::uint64_t number, PathTree& tree);
  void release(PathTree& tree) const;

  /// Whether a value has all that this shape asks for, constants aside.
  [[nodiscard]] bool applies(const Slice* row) const;
  /// Hash of the constants, of a value to which the shape applies.
  [[nodiscard]] std::uint64_t hash_of(const Slice* row) const;
  /// Hash of the constants of an interest with this shape, which stand one after another.
  [[nodiscard]] std::uint64_t hash_of(ByteView constants, const KeyedHash& keyed) const;
  /// Whether the constants of a value, one after another, are these bytes.
  [[nodiscard]] bool has_constants(const Slice* row, ByteView constants) const;

  std::uint32_t next = 0;
  std::uint32_t label = 0;        ///< Under which it stands.
  std::uint32_t topic_count = 0;  ///< It ends with its last topic.
  Bytes key;                      ///< Its `Outline::shape_key`.

 private:
  [[nodiscard]] static std::uint64_t at_path(std::uint64_t hash, PathId path);

  std::vector<PathId> constants_;
  std::vector<PathId> existing_;
  std::vector<std::pair<PathId, PathId>> same_;
  std::uint64_t seed_ = 0;
};

// In place: of many shapes under one label most do not apply.
inline bool Shape::applies(const Slice* row) const {
  for (const PathId path : constants_) {
    if (row[path].at == nullptr) return false;
  }
  for (const PathId path : existing_) {
    if (row[path].at == nullptr) return false;
  }
  for (const auto& [first, second] : same_) {
    if (!equal(row[first].bytes(), row[second].bytes())) return false;
  }
  return true;
}

/// What is captured. Shared by all topics that capture at the same paths.
class CaptureForm {
 public:
  CaptureForm() = default;
  explicit CaptureForm(const Outline& outline);

  [[nodiscard]] std::size_t count() const { return captures_.size(); }
  /// Calls `each` with the bytes of every capture of `value`, which matches, in order.
  template <class Each>
  void visit(ValueView value, SliceRows& scratch, const Each& each) const {
    if (is_whole()) return each(value.bytes());
    if (!fields_.empty()) return visit_fields(value, each);
    scratch.reset(1, tree_.paths_end());
    Slice* const row = scratch.row(0);
    tree_.walk(value, nullptr, scratch, row);
    for (const PathId capture : captures_) each(row[capture].bytes());
  }
  /// Whether no two captures overlap, as far as that is known from their being fields.
  [[nodiscard]] bool are_apart() const { return captures_.size() < 2 || !fields_.empty(); }
  /// Whether the one capture is the value itself.
  [[nodiscard]] bool is_whole() const { return captures_.size() == 1 && captures_[0] == 0; }

  std::uint32_t next = 0;
  std::uint32_t topic_count = 0;
  Bytes key;  ///< Its `Outline::captures_key`.

 private:
  // Nearly always fields of the outermost record are captured: then one pass over it is enough.
  template <class Each>
  void visit_fields(ValueView record, const Each& each) const {
    const std::uint8_t* at = skip_value(record.bytes().data() + 1);
    std::uint64_t index = 0;
    for (const std::uint64_t field : fields_) {
      for (; index < field; ++index) at = skip_value(at);
      const std::uint8_t* const end = skip_value(at);
      each(ByteView(at, end));
      at = end;
      ++index;
    }
  }
  void find_fields(const Outline& outline);

  PathTree tree_;
  std::vector<PathId> captures_;
  std::vector<std::uint64_t> fields_;  // Empty, or the fields captured, ascending.
};

}  // namespace avow::server
