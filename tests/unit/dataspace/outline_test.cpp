#include "server/dataspace/outline.hpp"

#include <gtest/gtest.h>

#include "tests/support/dataspace_probe.hpp"

namespace avow::server {
namespace {

using test::any;
using test::arr;
using test::bind;
using test::lit;
using test::observe;
using test::observe_same;
using test::rec;

Outline outline(const Value& observe_value) {
  return outline_of(*parse_interest(observe_value).interest);
}
Outline outline_of_pattern(const Value& pattern) {
  return outline(observe(pattern, ReferenceId{1}));
}
bool same_shape(const Value& a, const Value& b) {
  return outline_of_pattern(a).shape_key() == outline_of_pattern(b).shape_key();
}

TEST(Outline, ShapesDifferInWhereConstantsAreNotInWhich) {
  EXPECT_TRUE(same_shape(rec("t", {lit(1), any()}), rec("t", {lit("x"), any()})));
  EXPECT_FALSE(same_shape(rec("t", {lit(1), any()}), rec("t", {any(), lit(1)})));
}

TEST(Outline, ShapesDoNotDependOnWhatIsCaptured) {
  EXPECT_TRUE(same_shape(rec("t", {lit(1), any()}), bind(rec("t", {bind(lit(1)), bind()}))));
}

TEST(Outline, WhereTheLastFieldExistsThoseBeforeItDo) {
  EXPECT_EQ(outline_of_pattern(rec("t", {any(), any(), any()})).existing.size(), 1U);
  EXPECT_EQ(outline_of_pattern(rec("t", {any(), any(), lit(1)})).existing.size(), 0U);
  EXPECT_FALSE(same_shape(rec("t", {lit(1)}), rec("t", {lit(1), any()})));
}

TEST(Outline, TheLabelOfAnInnerRecordIsAConstant) {
  EXPECT_TRUE(same_shape(rec("t", {rec("a", {bind()})}), rec("t", {rec("b", {any()})})));
  EXPECT_FALSE(same_shape(rec("t", {rec("a", {})}), rec("t", {arr({})})));
}

TEST(Outline, SameIsPartOfTheShapeHoweverItIsWritten) {
  const Value pattern = rec("t", {bind(), bind()});
  const ReferenceId peer{1};
  EXPECT_EQ(outline(observe_same(pattern, peer, 0, 1)).shape_key(),
            outline(observe_same(pattern, peer, 1, 0)).shape_key());
  EXPECT_EQ(outline(observe_same(pattern, peer, 1, 1)).shape_key(),
            outline_of_pattern(pattern).shape_key());
  EXPECT_NE(outline(observe_same(pattern, peer, 0, 1)).shape_key(),
            outline_of_pattern(pattern).shape_key());
}

TEST(Outline, FactsAndPatternsMeetUnderTheSameLabel) {
  EXPECT_EQ(outline_of_pattern(lit(5)).label_kind, label_of(Value::integer(5L)).kind);
  EXPECT_EQ(outline_of_pattern(arr({})).label_kind, label_of(sequence(1)).kind);
  EXPECT_EQ(outline_of_pattern(bind()).label_kind, LabelKind::any);
  const Outline of_t = outline_of_pattern(bind(bind(rec("t", {}))));
  EXPECT_EQ(of_t.label_kind, LabelKind::record);
  EXPECT_TRUE(equal(of_t.label_name().name, label_of(record("t", 1)).name));
}

}  // namespace
}  // namespace avow::server
