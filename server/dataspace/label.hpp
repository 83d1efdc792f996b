#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/bag.hpp"
#include "server/dataspace/directory.hpp"
#include "server/dataspace/directory_policy.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/path_tree.hpp"
#include "server/dataspace/pool.hpp"
#include "server/dataspace/table.hpp"

// Facts and shapes under each label: what can match at all is found here.

namespace avow::server {

/// The shapes that facts of one label are held against.
struct LabelShapes {
  PathTree tree;                        ///< All paths that they look at.
  std::vector<std::uint32_t> in_order;  ///< Their numbers, the eldest first.
  std::map<Bytes, std::uint32_t, BytesLess> by_key;
};

/// A directory of a label's facts, or the reasons to make one.
struct DirectoryUse {
  Bytes constants_key;
  std::unique_ptr<Directory> directory;
  bool is_ready = false;            ///< It has all facts.
  std::uint32_t last_added = 0;     ///< While it has not: up to this one.
  std::uint64_t facts_scanned = 0;  ///< While there was none.
  std::uint64_t changes_idle = 0;   ///< Since it was asked last.
};

struct Label {
  std::uint32_t next = 0;  ///< In the order in which labels came to be.
  std::uint32_t previous = 0;
  LabelKind kind = LabelKind::any;
  Value name;
  std::uint64_t hash = 0;
  std::uint32_t first_fact = 0;
  std::uint32_t last_fact = 0;
  std::uint32_t fact_count = 0;
  std::unique_ptr<LabelShapes> shapes;  ///< None as long as nobody asks for anything.
  std::vector<DirectoryUse> directories;
};

class Labels {
 public:
  Labels(const KeyedHash& keyed, Bag& bag, const DirectoryPolicy& policy, Regions& memory);

  /// The number of a label, or 0.
  [[nodiscard]] std::uint32_t find(const LabelName& name) const;
  [[nodiscard]] std::uint32_t find_or_add(const LabelName& name);
  [[nodiscard]] bool is_named(std::uint32_t label, const LabelName& name) const;
  [[nodiscard]] Label& operator[](std::uint32_t label) { return labels_[label]; }
  [[nodiscard]] const Label& operator[](std::uint32_t label) const { return labels_[label]; }
  /// The label of patterns that match anything; it has no facts of its own.
  [[nodiscard]] std::uint32_t any() const { return any_; }

  void link_fact(std::uint32_t fact, std::uint32_t label);
  void unlink_fact(std::uint32_t fact);
  /// Ends a label that has neither facts nor shapes.
  void drop_if_unused(std::uint32_t label);

  /// Facts under the label; under that of patterns that match anything, all.
  [[nodiscard]] std::uint32_t fact_count(std::uint32_t label) const;
  // The same facts one by one, in the order in which they came under their labels.
  /// The one after `fact`, or the first one after 0; 0 if that is the last.
  [[nodiscard]] std::uint32_t fact_after(std::uint32_t label, std::uint32_t fact) const;
  /// The one before it, or 0.
  [[nodiscard]] std::uint32_t fact_before(std::uint32_t label, std::uint32_t fact) const;

  // label_directories.cpp: directories of facts.
  enum class Lookup : std::uint8_t {
    scan,      ///< All facts of the label have to be looked at.
    building,  ///< So far; but soon there will be a directory.
    ready,     ///< There is a directory.
  };
  /// Somebody wants to find those facts that may match `outline`: how that is done. May begin to
  /// build a directory.
  Lookup look_up(const Outline& outline);
  /// Whether there is one that is ready. Asking this is no reason to make or keep it.
  [[nodiscard]] bool has_directory(const Outline& outline) const;
  /// Whether those are at most so many, as far as is known without looking at them.
  [[nodiscard]] bool are_few(const Outline& outline, std::uint32_t most);
  /// How many facts a step looks at.
  [[nodiscard]] std::uint32_t facts_a_step() const { return policy_.facts_a_step; }
  /// If a directory for that is being built: a step of it.
  Lookup build_some(const Outline& outline);
  /// Whether any is being built, and a step of that.
  [[nodiscard]] bool is_building() const { return !building_.empty(); }
  void build_some();

  /// Visits every fact that may match `outline`, in the order in which they came under their
  /// labels, until `visit` returns false. Those with other constants are passed over as far as a
  /// directory helps; the caller compares.
  void visit_candidates(const Outline& outline, const std::function<bool(std::uint32_t)>& visit);
  /// Visits all facts, by labels in the order in which these came to be.
  void visit_all(const std::function<bool(std::uint32_t)>& visit) const;

 private:
  [[nodiscard]] std::uint64_t hash_of(const LabelName& name) const;
  bool visit_facts(const Label& label, const std::function<bool(std::uint32_t)>& visit) const;
  void note_coming(Label& label, std::uint32_t fact);
  void note_going(Label& label, std::uint32_t fact);
  DirectoryUse& use_of(Label& label, Bytes constants_key);
  void build(Label& label, DirectoryUse& use);
  void count_change(Label& label);

  const KeyedHash& keyed_;
  Bag& bag_;
  DirectoryPolicy policy_;
  Pool<Label> labels_;
  Table table_;
  std::uint32_t any_ = 0;
  std::uint32_t first_ = 0;
  std::uint32_t last_ = 0;
  std::vector<std::uint32_t> building_;   // Labels with directories that are not ready.
  mutable std::uint32_t last_found_ = 0;  // Facts of one label tend to come together.
};

inline bool Labels::is_named(std::uint32_t label, const LabelName& name) const {
  const Label& candidate = labels_[label];
  return candidate.kind == name.kind &&
         (name.kind != LabelKind::record || equal(candidate.name.bytes(), name.name));
}

}  // namespace avow::server
