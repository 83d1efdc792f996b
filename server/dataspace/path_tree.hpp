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

/// Room for the slices of several values, one row each, in which only what was written is cleared.
class SliceRows {
 public:
  /// Clears all and makes room for `rows` of `paths`.
  void reset(std::size_t rows, std::size_t paths);
  [[nodiscard]] Slice* row(std::size_t index) { return slices_.data() + index * paths_; }
  void set(Slice& slice, const Slice& to) {
    slice = to;
    written_.push_back(static_cast<std::uint32_t>(&slice - slices_.data()));
  }

 private:
  std::vector<Slice> slices_;
  std::vector<std::uint32_t> written_;
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
  struct Child {
    StepKind kind{};
    PathId node = 0;
    std::uint64_t index = 0;  // Of a field or an element.
    Value key;                // Of an entry.
  };
  struct Node {
    std::vector<Child> children;  // Sorted by kind, then index or the bytes of the key.
    PathId parent = 0;
    std::uint32_t uses = 0;  // Children count as one each.
    std::uint32_t hashed_uses = 0;
  };
  struct Walk {
    const KeyedHash* keyed;
    SliceRows& rows;
    Slice* row;
  };
  using Children = const Child*;

  static bool is_before(const Child& a, const Child& b);
  PathId child(PathId parent, const Child& step);
  void visit(const Walk& walk, PathId id, const std::uint8_t* at, const std::uint8_t* end) const;
  void visit_record(const Walk& walk, const Node& node, const std::uint8_t* at) const;
  void visit_indexed(const Walk& walk, Children first, Children last, const std::uint8_t* at) const;
  void visit_sequence(const Walk& walk, const Node& node, const std::uint8_t* at,
                      const std::uint8_t* end) const;
  void visit_dictionary(const Walk& walk, const Node& node, const std::uint8_t* at,
                        const std::uint8_t* end) const;
  void note(const Walk& walk, PathId id, const std::uint8_t* at, const std::uint8_t* end) const;

  std::vector<Node> nodes_;
  std::vector<PathId> free_;
};

}  // namespace avow::server
