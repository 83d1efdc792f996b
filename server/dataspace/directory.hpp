#pragma once

#include <cstdint>
#include <vector>

#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/path_tree.hpp"
#include "server/dataspace/segments.hpp"
#include "server/dataspace/table.hpp"

// The facts of one label by what stands at certain paths, for late observers and queries: whoever
// asks for `<price "tea" $>` need not look at every price. Kept only while it is used (label.hpp).

namespace avow::server {

class Directory {
 public:
  /// By the paths of the outline's constants, of which there is at least one; for about so many
  /// facts.
  Directory(const Outline& outline, const KeyedHash& keyed, std::size_t facts_expected);

  /// The fact comes under its label, last. Facts without those paths are passed over.
  void add(std::uint32_t fact, ValueView value);
  /// Nothing happens if the fact was passed over.
  void remove(std::uint32_t fact);

  /// Calls `visit(fact)` for each fact that has the outline's constants, in the order in which they
  /// came, until it returns false. May visit others too: the hashes agree, the caller compares.
  template <class Visit>
  void visit(const Outline& outline, const Visit& visit_fact) const {
    const std::uint32_t first = table_.guess(hash_of(outline));
    for (std::uint32_t fact = first; fact != 0;) {
      const std::uint32_t next = links_[fact].next;
      if (!visit_fact(fact)) return;
      fact = next == first ? 0 : next;
    }
  }

 private:
  // A ring of the facts with the same hash; the table leads to the first of them.
  struct Link {
    std::uint32_t next = 0;  // 0: not in a ring.
    std::uint32_t previous = 0;
    std::uint32_t tag = 0;  // What the table knows of the hash.
  };

  [[nodiscard]] std::uint64_t hash_of(const Outline& outline) const;

  const KeyedHash& keyed_;
  PathTree tree_;
  std::vector<PathId> paths_;
  SliceRows rows_;
  Regions memory_;  // Its own: it may end before the dataspace.
  Table table_{memory_};
  Segments<Link> links_{memory_};  // By the number of the fact.
};

}  // namespace avow::server
