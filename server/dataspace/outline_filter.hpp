#pragma once

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/path_tree.hpp"
#include "server/dataspace/shape.hpp"

// Holds facts against what one interest asks for, without a topic.

namespace avow::server {

class OutlineFilter {
 public:
  /// `keyed` must outlive it.
  OutlineFilter(const Outline& outline, const KeyedHash& keyed)
      : keyed_(keyed), shape_(outline, 0, tree_), constants_(outline.constants_bytes()) {}

  /// Whether a value matches, that stands under the outline's label.
  [[nodiscard]] bool passes(ValueView value) {
    rows_.reset(1, tree_.paths_end());
    Slice* const row = rows_.row(0);
    tree_.walk(value, &keyed_, rows_, row);
    return shape_.applies(row) && shape_.has_constants(row, constants_);
  }

 private:
  const KeyedHash& keyed_;
  PathTree tree_;
  Shape shape_;
  Bytes constants_;
  SliceRows rows_;
};

}  // namespace avow::server
