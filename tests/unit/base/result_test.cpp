#include "avow/base/result.hpp"

#include <gmock/gmock.h>
#include <memory>

namespace avow {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{"odd", "An odd number has no half."};
  return number / 2;
}

Result<int> quarter(int number) {
  AVOW_TRY(const int once, half(number));
  AVOW_TRY(const int twice, half(once));
  return twice;
}

Result<void> check_even(int number) {
  AVOW_TRY_VOID(half(number));
  return {};
}

TEST(Result, HoldsEitherAValueOrAnError) {
  EXPECT_TRUE(half(4).has_value());
  EXPECT_EQ(*half(4), 2);
  EXPECT_FALSE(half(3).has_value());
  EXPECT_EQ(half(3).error(), (Error{"odd", "An odd number has no half."}));
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().code, "odd");
}

TEST(Result, OfNothingIsDoneOrAnError) {
  EXPECT_TRUE(check_even(2).has_value());
  EXPECT_EQ(check_even(1).error().code, "odd");
}

TEST(Result, GivesUpWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);

  const std::unique_ptr<int> taken = std::move(result).value();

  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, AskingAnErrorForItsValueStopsTheProgram) {
  const Result<int> failed = half(1);

  EXPECT_DEATH((void)failed.value(), "has_value");
}

TEST(CheckDeathTest, ABrokenInvariantStopsTheProgramAndSaysWhere) {
  EXPECT_DEATH(AVOW_CHECK(1 + 1 == 3), "1 \\+ 1 == 3.*result_test.cpp");
}

}  // namespace
}  // namespace avow
