#include <gmock/gmock.h>

#include "avow/model/text.hpp"
#include "avow/model/value.hpp"
#include "tests/support/from_text.hpp"
#include "tests/support/random_values.hpp"

namespace avow {
namespace {

using std::strong_ordering;
using test::from_text;

bool is_before(std::string_view a, std::string_view b) {
  return compare_total(from_text(a), from_text(b)) < 0;
}

std::string printed_in_order(std::string_view compound) {
  const Value value = from_text(compound);
  std::string all;
  for (const ValueView each : in_total_order(value)) all += to_text(each) + ";";
  return all;
}

TEST(TotalOrder, SetsCompareByTheirElementsInTotalOrder) {
  // By their bytes, 1 would come before -1 and "b" before "aa".
  EXPECT_TRUE(is_before("#{-1 5}", "#{1}"));
  EXPECT_TRUE(is_before(R"(#{"aa"})", R"(#{"b"})"));
  EXPECT_TRUE(is_before("#{1}", "#{1 2}"));
}

TEST(TotalOrder, ElementsComeInTotalOrderNotInThatOfTheirBytes) {
  EXPECT_EQ(printed_in_order("#{300 -1 1 -300}"), "-300;-1;1;300;");
  EXPECT_EQ(printed_in_order("{b: 1 aa: 2}"), "aa;2;b;1;");
  EXPECT_EQ(printed_in_order("#{}"), "");
}

TEST(TotalOrder, OfRandomValuesIsAntisymmetricTransitiveAndAgreesWithEquality) {
  test::Random random(test::test_seed());
  const test::RandomValueOptions small{
      .depth_max = 2, .width_max = 3, .small_atoms = true, .references = {ReferenceId{1}}};
  for (int i = 0; i < 20'000; ++i) {
    const Value a = test::random_value(random, small);
    const Value b = test::random_value(random, small);
    const Value c = test::random_value(random, small);

    const strong_ordering ab = compare_total(a, b);

    ASSERT_EQ(ab == 0, a == b) << to_text(a) << " and " << to_text(b);
    ASSERT_TRUE(ab == (0 <=> compare_total(b, a))) << to_text(a) << " and " << to_text(b);
    if (ab <= 0 && compare_total(b, c) <= 0) {
      ASSERT_TRUE(compare_total(a, c) <= 0)
          << to_text(a) << ", " << to_text(b) << ", " << to_text(c);
    }
  }
}

}  // namespace
}  // namespace avow
