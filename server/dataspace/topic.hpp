#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "avow/base/result.hpp"
#include "server/base/hash.hpp"
#include "server/base/load_ahead.hpp"
#include "server/dataspace/label.hpp"
#include "server/dataspace/observer_list.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/pool.hpp"
#include "server/dataspace/shape.hpp"
#include "server/dataspace/small_bytes.hpp"
#include "server/dataspace/table.hpp"
#include "server/dataspace/turn.hpp"

// Topics: all observers of the same pattern together. One hash table leads from a shape and its
// constants to the topics with these; they differ in what they capture, and a fact that matches one
// of them matches all.

namespace avow::server {

/// One cache line: what is rare is kept elsewhere.
struct Topic {
  TopicId id{};
  SmallBytes constants;    ///< One after another.
  std::uint32_t next = 0;  ///< With the same shape and constants.
  ObserverList observers;
  std::uint32_t shape = 0;
  std::uint32_t form = 0;
  std::uint32_t first_capture = 0;  ///< In the order in which they came to be held.
  std::uint32_t last_capture = 0;
};
static_assert(sizeof(Topic) == 64);

class Topics {
 public:
  Topics(const KeyedHash& keyed, Labels& labels, Regions& memory)
      : keyed_(keyed),
        labels_(labels),
        topics_(memory),
        shapes_(memory),
        forms_(memory),
        table_(memory, Table::Marks::kept) {}

  /// Errors: `limit`, if the outline's label has `shapes_max` other shapes already.
  [[nodiscard]] Result<void> check(const Outline& outline, std::uint32_t shapes_max) const;
  /// The topic for `outline`, or 0.
  [[nodiscard]] std::uint32_t find(const Outline& outline) const;
  /// There is none for `outline` yet.
  std::uint32_t add(const Outline& outline, TopicId id);
  /// It has no observers any more: it is not found from now on, and has no id.
  void close(std::uint32_t topic);
  /// It was closed, and has no captures any more.
  void remove(std::uint32_t topic);

  void prefetch_mark(std::uint64_t hash) const { table_.prefetch_mark(hash); }
  /// False only if `find_first` would find nothing.
  [[nodiscard]] bool may_have(std::uint64_t hash) const { return table_.may_have(hash); }
  /// Begins to load what `find_first` will need.
  void prefetch(std::uint64_t hash) const { table_.prefetch(hash); }
  /// A first look, which begins to load the topic itself: nearly always what `find_first` finds. 0,
  /// if it would find nothing.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const;
  void prefetch(const Topic& topic) const { load_ahead(&topic); }
  /// The first of the topics of `shape` with the constants in `row`, or 0. `guess` is that of the
  /// hash.
  [[nodiscard]] std::uint32_t find_first(std::uint64_t hash, std::uint32_t guess,
                                         std::uint32_t shape, const Slice* row) const;

  [[nodiscard]] Topic& operator[](std::uint32_t topic) { return topics_[topic]; }
  [[nodiscard]] const Topic& operator[](std::uint32_t topic) const { return topics_[topic]; }
  [[nodiscard]] const Shape& shape(std::uint32_t shape) const { return shapes_[shape]; }
  [[nodiscard]] const CaptureForm& form_of(const Topic& topic) const { return forms_[topic.form]; }
  [[nodiscard]] std::uint32_t size() const { return topics_.in_use(); }

 private:
  [[nodiscard]] std::uint32_t find_shape(const Outline& outline) const;
  [[nodiscard]] std::uint32_t find_first(std::uint64_t hash, std::uint32_t shape,
                                         ByteView constants) const;
  [[nodiscard]] std::uint64_t hash_of(const Topic& topic) const;
  std::uint32_t find_or_add_shape(const Outline& outline);
  std::uint32_t find_or_add_form(const Outline& outline);
  void release_shape(std::uint32_t shape);
  void release_form(std::uint32_t form);

  const KeyedHash& keyed_;
  Labels& labels_;
  Pool<Topic> topics_;
  Pool<Shape> shapes_;
  Pool<CaptureForm> forms_;
  std::map<Bytes, std::uint32_t, BytesLess> forms_by_key_;
  Table table_;  // From shape and constants to the first topic with them.
  std::uint64_t shapes_made_ = 0;
};

}  // namespace avow::server
