#pragma once

#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"

// Which places inside values somebody cares about, so that one walk over a value finds them all.
// A path is a string of steps down from the whole value (the empty path):
//
//   L            a record's label                S            the value itself, if a sequence
//   F <varint>   a record's field                D            the value itself, if a dictionary
//   E <varint>   a sequence's element            K <key>      a dictionary's entry

namespace avow::server {

enum class StepKind : std::uint8_t {
  label = 'L',
  field = 'F',
  element = 'E',
  is_sequence = 'S',
  is_dictionary = 'D',
  entry = 'K',
};

void append_step(Bytes& path, StepKind kind);
void append_step(Bytes& path, StepKind kind, std::uint64_t index);
void append_entry_step(Bytes& path, ValueView key);

/// What stands at one path of a value: nothing if `at` is null.
struct Slice {
  const std::uint8_t* at = nullptr;
  std::uint32_t size = 0;
  std::uint64_t hash = 0;  ///< Keyed, of the bytes; only of paths that are used hashed.

  [[nodiscard]] ByteView bytes() const { return {at, size}; }
};

/// Room for the slices of several values, one row each. Short rows are cleared whole; of long ones,
/// of which a value tends to have little, only what was written.
class SliceRows {
 public:
  /// Clears all and makes room for `rows` of `paths`.
  void reset(std::size_t rows, std::size_t paths);
  [[nodiscard]] Slice* row(std::size_t index) { return slices_.data() + index * paths_; }
  void set(Slice& slice, const Slice& to) {
    slice = to;
    if (are_long()) written_.push_back(static_cast<std::uint32_t>(&slice - slices_.data()));
  }

 private:
  static constexpr std::size_t short_paths_max = 16;

  [[nodiscard]] bool are_long() const { return paths_ > short_paths_max; }

  std::vector<Slice> slices_;
  std::vector<std::uint32_t> written_;  // In long rows.
  std::size_t rows_ = 0;
  std::size_t paths_ = 0;
};

using PathId = std::uint32_t;

class PathTree {
 public:
  /// Whether the hash of what stands there is wanted too.
  enum class Use : std::uint8_t { plain, hashed };

  PathTree();
  /// One more use of `path`. Its number is below `paths_end()` and may be used again after the last
  /// use was released. The root is number 0.
  PathId add(ByteView path, Use use);
  void release(PathId path, Use use);
  [[nodiscard]] std::size_t paths_end() const { return nodes_.size(); }

  /// Writes the slice of every path that exists in `value` to the row that begins at `row`. A tree
  /// without hashed paths needs no `keyed`.
  void walk(ValueView value, const KeyedHash* keyed, SliceRows& rows, Slice* row) const;

 private:
  struct Step {
    StepKind kind{};
    std::uint64_t index = 0;  // Of a field or an element.
    Value key;                // Of an entry.
  };
  struct Place {
    std::uint64_t index = 0;
    PathId node = 0;
  };
  struct Entry {
    Value key;
    PathId node = 0;
  };
  // A node without one of the children has 0 there: that is the root, which is nobody's child.
  struct Node {
    PathId label = 0;
    PathId sequence = 0;
    PathId dictionary = 0;
    std::vector<Place> fields;    // Sorted by index.
    std::vector<Place> elements;  // Likewise.
    std::vector<Entry> entries;   // Sorted by the bytes of the key.
    PathId parent = 0;
    std::uint32_t children = 0;
    std::uint32_t uses = 0;  // Of the path itself.
    std::uint32_t hashed_uses = 0;
  };
  struct Walk {
    const KeyedHash* keyed;
    SliceRows& rows;
    Slice* row;
  };

  PathId child(PathId parent, const Step& step);
  PathId find_child(const Node& parent, const Step& step) const;
  void add_child(PathId parent, const Step& step, PathId node);
  void remove_child(Node& parent, PathId node);
  void visit(const Walk& walk, PathId id, const std::uint8_t* at, const std::uint8_t* end) const;
  void visit_children(const Walk& walk, const Node& node, const std::uint8_t* at,
                      const std::uint8_t* end) const;
  void visit_record(const Walk& walk, const Node& node, const std::uint8_t* at) const;
  void visit_places(const Walk& walk, const std::vector<Place>& places,
                    const std::uint8_t* at) const;
  void visit_entries(const Walk& walk, const std::vector<Entry>& entries,
                     const std::uint8_t* at) const;
  void note(const Walk& walk, PathId id, const std::uint8_t* at, const std::uint8_t* end) const;

  std::vector<Node> nodes_;
  std::vector<PathId> free_;
};

}  // namespace avow::server
