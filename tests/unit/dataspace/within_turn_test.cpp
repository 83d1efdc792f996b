#include <gtest/gtest.h>

#include "tests/support/dataspace_probe.hpp"
#include "tests/unit/dataspace/observers.hpp"

// What can be known of a dataspace in the middle of a turn.

namespace avow::test {
namespace {

using server::FactId;

bool has_match(const DataspaceProbe& probe, const Value& pattern) {
  return probe.space().has_match(*parse_interest(observe(pattern, nobody)).interest);
}

TEST(WithinATurn, WhatCameMatchesAndWhatWentDoesNot) {
  DataspaceProbe probe;
  const FactId old = probe.publish(record("old", 1));
  probe.settle();

  (void)probe.publish(record("new", 2));
  probe.retract(old);

  EXPECT_TRUE(has_match(probe, rec("new", {lit(2)})));
  EXPECT_FALSE(has_match(probe, rec("new", {lit(3)})));
  EXPECT_FALSE(has_match(probe, rec("old", {})));
}

TEST(WithinATurn, WhatWentAndCameAgainMatches) {
  DataspaceProbe probe;
  const FactId old = probe.publish(record("old", 1));
  probe.settle();

  probe.retract(old);
  (void)probe.publish(record("old", 1));

  EXPECT_TRUE(has_match(probe, rec("old", {lit(1)})));
}

TEST(WithinATurn, WhatCameAndWentDoesNotMatch) {
  DataspaceProbe probe;

  probe.retract(probe.publish(record("new", 1)));

  EXPECT_FALSE(has_match(probe, rec("new", {})));
  EXPECT_FALSE(probe.space().find(record("new", 1)));
}

TEST(WithinATurn, AFactIsFoundByItsValueWhileItHasASupport) {
  DataspaceProbe probe;
  const FactId fact = probe.publish(record("n", 1));

  EXPECT_EQ(probe.space().find(record("n", 1)), fact);
  EXPECT_EQ(probe.space().value_of(fact), record("n", 1).view());
  EXPECT_FALSE(probe.space().find(record("n", 2)));
}

TEST(WithinATurn, MessagesAreNumberedUntilTheyAreTold) {
  DataspaceProbe probe;
  (void)probe.publish(observe(rec("t", {bind()}), ReferenceId{2}));
  EXPECT_EQ(probe.send(record("t", 1)), 0U);
  (void)probe.publish(observe(rec("t", {bind()}), ReferenceId{3}));
  EXPECT_EQ(probe.send(record("other", 2)), 1U);
  EXPECT_EQ(probe.send(record("t", 3)), 2U);
  probe.settle();

  ASSERT_EQ(probe.told().size(), 3U) << "the first to one observer, the last to two";
  EXPECT_EQ(probe.told()[0].change.message, 0U);
  EXPECT_EQ(probe.told()[1].change.message, 2U);
  EXPECT_EQ(probe.told()[2].change.message, 2U);
  EXPECT_EQ(probe.send(record("t", 4)), 0U);
}

}  // namespace
}  // namespace avow::test
