#include <compare>
#include <gmock/gmock.h>

#include "avow/model/value.hpp"
#include "tests/support/vectors.hpp"

// What existing programs say about the total order of values: schemas/vectors/order.json.

namespace avow {
namespace {

using test::VectorCase;

TEST(OrderVectors, ValuesStandInStrictlyRisingTotalOrder) {
  for (const VectorCase& vector : test::read_vectors("order.json")) {
    std::vector<Value> values;
    for (const VectorCase& each : vector.cases("values")) {
      values.push_back(Value::from_canonical(each.bytes("canonical")));
    }
    ASSERT_GT(values.size(), 1U) << vector.name();

    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t j = 0; j < values.size(); ++j) {
        EXPECT_EQ(compare_total(values[i], values[j]), i <=> j)
            << vector.name() << ", values " << i << " and " << j;
      }
    }
  }
}

}  // namespace
}  // namespace avow
