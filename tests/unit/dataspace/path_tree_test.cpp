#include "server/dataspace/path_tree.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "avow/model/text.hpp"

namespace avow::server {
namespace {

Bytes step(StepKind kind, std::uint64_t index) {
  Bytes steps;
  append_step(steps, kind, index);
  return steps;
}

Bytes step(StepKind kind) {
  Bytes steps;
  append_step(steps, kind);
  return steps;
}

// What a walk over `value` finds at these paths, as text; "-" where there is nothing.
std::string found(const PathTree& tree, SliceRows& rows, const std::vector<PathId>& paths,
                  const Value& value) {
  rows.reset(1, tree.paths_end());
  tree.walk(value, nullptr, rows, rows.row(0));
  std::string all;
  for (const PathId each : paths) {
    const Slice& slice = rows.row(0)[each];
    if (!all.empty()) all += ' ';
    all += slice.at == nullptr ? "-" : to_text(Value::from_canonical(slice.bytes()));
  }
  return all;
}

class PathTrees : public testing::Test {
 protected:
  PathId add(const Bytes& path) { return tree.add(path, PathTree::Use::plain); }
  std::string find(const std::string& text) {
    return found(tree, rows, paths, parse_text(text).value());
  }

  PathTree tree;
  SliceRows rows;
  std::vector<PathId> paths;
};

TEST_F(PathTrees, EveryKindOfStepLeadsToWhatStandsThere) {
  Bytes inner = step(StepKind::field, 1);
  append_step(inner, StepKind::element, 2);
  Bytes entry = step(StepKind::field, 2);
  append_entry_step(entry, parse_text("k").value());
  Bytes sequence = step(StepKind::field, 1);
  append_step(sequence, StepKind::is_sequence);
  Bytes dictionary = step(StepKind::field, 2);
  append_step(dictionary, StepKind::is_dictionary);
  for (const Bytes& each :
       {step(StepKind::label), step(StepKind::field, 0), inner, entry, sequence, dictionary}) {
    paths.push_back(add(each));
  }

  EXPECT_EQ(find("<t 1 [2 3 4] {j: 5 k: 6}>"), "t 1 4 6 [2 3 4] {j: 5 k: 6}");
  EXPECT_EQ(find("<t 1 {k: 2} [3]>"), "t 1 - - - -");
  EXPECT_EQ(find("<t>"), "t - - - - -");
  EXPECT_EQ(find("[1 2 3]"), "- - - - - -");
}

TEST_F(PathTrees, APathOnTheWayToAnotherIsFoundAsLongAsItIsUsedItself) {
  const Bytes outer = step(StepKind::field, 0);
  Bytes inner = outer;
  append_step(inner, StepKind::element, 0);
  paths = {add(outer), add(inner)};
  EXPECT_EQ(find("<t [7]>"), "[7] 7");

  tree.release(paths[0], PathTree::Use::plain);
  EXPECT_EQ(find("<t [7]>"), "- 7");

  EXPECT_EQ(add(outer), paths[0]);
  tree.release(paths[1], PathTree::Use::plain);
  EXPECT_EQ(find("<t [7]>"), "[7] -");
}

TEST_F(PathTrees, ARowHoldsNothingOfTheValueBefore) {
  for (const std::uint64_t fields : {3U, 40U, 2U}) {  // Short rows, long ones, short ones again.
    PathTree other;
    std::vector<PathId> of_fields;
    std::string all = "<t";
    for (std::uint64_t i = 0; i < fields; ++i) {
      of_fields.push_back(other.add(step(StepKind::field, i), PathTree::Use::plain));
      all += " " + std::to_string(i);
    }
    const std::string full = found(other, rows, of_fields, parse_text(all + ">").value());
    EXPECT_EQ("<t " + full + ">", all + ">");

    std::string nothing = "-";
    for (std::uint64_t i = 1; i < fields; ++i) nothing += " -";
    EXPECT_EQ(found(other, rows, of_fields, parse_text("<t>").value()), nothing);
  }
}

}  // namespace
}  // namespace avow::server
