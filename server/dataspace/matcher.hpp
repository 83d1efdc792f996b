#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/capture.hpp"
#include "server/dataspace/label.hpp"
#include "server/dataspace/path_tree.hpp"
#include "server/dataspace/topic.hpp"

// Finds the topics that values match: one hash table look-up for each shape that can apply, however
// many subscriptions there are. Where shapes are many, most of these find nothing, which the
// table's marks tell nearly always; where they are few, asking the marks first would be one more
// wait. Memory is what costs here, so many values are taken through the same step together, and
// what the next step will need is loaded meanwhile.

namespace avow::server {

class Matcher {
 public:
  struct Item {
    ByteView value;
    std::uint64_t hash = 0;   ///< Keyed hash of the value, for `Want::capture_hashes`.
    std::uint32_t label = 0;  ///< Its own; 0 if nobody asks for any such value.
  };
  struct Found {
    std::uint32_t item = 0;
    std::uint32_t topic = 0;
    std::uint64_t capture_hash = 0;  ///< 0 if it was not needed: the topic holds nothing.
  };
  enum class Want : std::uint8_t { topics, capture_hashes };
  /// Items that are taken together at most.
  static constexpr std::size_t items_max = 64;

  Matcher(const KeyedHash& keyed, Labels& labels, Topics& topics, Captures& captures)
      : keyed_(keyed), labels_(labels), topics_(topics), captures_(captures) {}

  /// The next match takes this item, too: one of at most `items_max`, numbered from 0.
  void add(const Item& item) { push_fields(items_, item); }
  /// The topics that the items match: in the order of the items, then of the shapes (the eldest
  /// first, those of the label before those that match anything), then of the topics. Borrowed
  /// until the next call. The items are forgotten.
  [[nodiscard]] std::span<const Found> match(Want want);

 private:
  struct Candidate {
    std::uint32_t item;
    std::uint32_t shape;
    std::uint64_t hash;
    bool is_likely = false;  // No mark is asked for it.
    std::uint32_t guess = 0;
  };

  void slice();
  void add_candidates(std::uint32_t item, const LabelShapes& shapes);
  void keep_likely();
  void add_topics(const Item& item, const Candidate& candidate, Want want);

  const KeyedHash& keyed_;
  Labels& labels_;
  Topics& topics_;
  Captures& captures_;
  std::vector<Item> items_;
  SliceRows rows_;
  std::vector<Candidate> candidates_;
  std::size_t likely_ = 0;  // The first so many may have a topic; of the rest nobody has asked.
  std::vector<Found> found_;
};

}  // namespace avow::server
