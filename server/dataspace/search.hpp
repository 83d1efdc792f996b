#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "avow/base/bytes.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/bag.hpp"
#include "server/dataspace/label.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/outline_filter.hpp"
#include "server/dataspace/table.hpp"

// What a query asks for, looked for a step at a time before it is answered. Facts are looked at in
// the order in which they came under their label. One that has been found and goes is forgotten;
// one that comes stands behind those that are left to be looked at. So at the moment when none is
// left, what has been found is what matches at that moment: one cut, though it took many steps.

namespace avow::server {

/// The search for what one pattern matches.
class Scan {
 public:
  /// Not for patterns that match anything: new facts stand behind all others only under one label.
  Scan(const Outline& outline, const KeyedHash& keyed, const Bag& bag, const Labels& labels);

  [[nodiscard]] const Outline& outline() const { return outline_; }
  /// Whether it finds what `other` asks for, captures aside.
  [[nodiscard]] bool is_for(const Outline& other) const;
  /// Whether all facts have been looked at, as things are now.
  [[nodiscard]] bool is_at_end() const { return next() == 0; }
  /// Looks at up to so many more. How many that were.
  std::uint32_t go_on(std::uint32_t facts_max);
  /// The fact is about to leave its label.
  void pass(std::uint32_t fact);

  /// Visits what has been found, in the order in which it came, until `visit` returns false.
  template <class Visit>
  void visit_found(const Visit& visit) const {
    for (const std::uint32_t fact : found_) {
      if (fact != 0 && !visit(fact)) return;
    }
  }

 private:
  [[nodiscard]] std::uint32_t next() const;

  const Bag& bag_;
  const Labels& labels_;
  Outline outline_;
  OutlineFilter filter_;
  std::uint32_t last_ = 0;           // Up to this one they have been looked at.
  std::deque<std::uint32_t> found_;  // 0: it has gone.
  Table places_;                     // In `found_`, from 1, by the numbers of facts.
};

/// What the patterns of one query match, all at one cut.
class Search {
 public:
  Search(const std::vector<Outline>& outlines, const KeyedHash& keyed, const Bag& bag,
         const Labels& labels);

  /// Looks at up to so many facts more. Where a directory has come to be, it need not.
  void step(std::uint32_t facts_max);
  /// Whether nothing is left to be looked at, as things are now.
  [[nodiscard]] bool is_done() const;
  /// The fact is about to leave its label.
  void pass(std::uint32_t fact);

  /// Visits the facts that match, if all of them have been found. Whether they have.
  template <class Visit>
  bool visit_found(const Outline& outline, const Visit& visit) const {
    for (const Scan& scan : scans_) {
      if (!scan.is_for(outline) || !scan.is_at_end()) continue;
      scan.visit_found(visit);
      return true;
    }
    return false;
  }

 private:
  const Labels& labels_;
  std::deque<Scan> scans_;
};

}  // namespace avow::server
