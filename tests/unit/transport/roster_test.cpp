#include "server/transport/roster.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace avow::server {
namespace {

constexpr AddressKey here{0, 0, 0, 4, 10, 0, 0, 1};
constexpr AddressKey there{0, 0, 0, 4, 10, 0, 0, 2};
constexpr Moment noon = Moment{} + std::chrono::hours(12);

TEST(Roster, RefusesMoreThanItsPlaces) {
  Roster roster(2, 2);
  const Place first = roster.admit(std::nullopt);
  const Place second = roster.admit(std::nullopt);

  EXPECT_EQ(roster.refusal_for(std::nullopt), Refusal::connection_limit);
  EXPECT_EQ(roster.refusal_for(here), Refusal::connection_limit);
}

TEST(Roster, RefusesMoreOfOneAddressThanItsShareButNotOfOthers) {
  Roster roster(10, 1);
  const Place place = roster.admit(here);

  EXPECT_EQ(roster.refusal_for(here), Refusal::address_limit);
  EXPECT_EQ(roster.refusal_for(there), std::nullopt);
  EXPECT_EQ(roster.refusal_for(std::nullopt), std::nullopt);
}

TEST(Roster, HasThePlaceBackOnceTheTicketIsGone) {
  Roster roster(1, 1);
  { const Place place = roster.admit(here); }

  EXPECT_EQ(roster.refusal_for(here), std::nullopt);
  EXPECT_EQ(roster.size(), 0U);
}

TEST(Roster, CountsATicketThatMovesOnce) {
  Roster roster(2, 2);
  Place first = roster.admit(here);
  const Place moved = std::move(first);

  EXPECT_EQ(roster.size(), 1U);
}

TEST(AcceptBudget, LetsSoManyPassInASecondAndSaysWhenMoreMay) {
  AcceptBudget budget(2);

  EXPECT_EQ(budget.spend(noon), std::nullopt);
  EXPECT_EQ(budget.spend(noon + Milliseconds(10)), std::nullopt);
  EXPECT_EQ(budget.spend(noon + Milliseconds(20)), noon + Milliseconds(1000));
  EXPECT_EQ(budget.spend(noon + Milliseconds(1000)), std::nullopt);
}

TEST(AcceptBudget, DoesNotSaveUpWhatWasNotSpent) {
  AcceptBudget budget(1);
  ASSERT_EQ(budget.spend(noon), std::nullopt);

  const Moment later = noon + std::chrono::hours(1);
  EXPECT_EQ(budget.spend(later), std::nullopt);
  EXPECT_EQ(budget.spend(later), later + Milliseconds(1000));
}

}  // namespace
}  // namespace avow::server
