#include <cstdlib>
#include <gtest/gtest.h>

#include "tests/model/history.hpp"
#include "tests/model/history_runner.hpp"
#include "tests/support/random.hpp"

// The dataspace against a naive one, turn by turn (the promise "Turn" is tested here). A difference
// is shrunk to a history of which nothing can be left out, and printed with its seed.

namespace avow::test {
namespace {

constexpr std::size_t turns_by_default = 100'000;
constexpr std::size_t turns_of_history = 40;

std::size_t turns_wanted() {
  const char* const given = std::getenv("AVOW_TEST_TURNS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : turns_by_default;
}

bool differs(const History& history) { return difference_in(history).has_value(); }

TEST(DataspaceModel, EveryTurnOfARandomHistoryComesToWhatTheNaiveDataspaceSays) {
  const std::uint64_t first_seed = test_seed();
  const std::size_t histories = (turns_wanted() + turns_of_history - 1) / turns_of_history;
  for (std::uint64_t seed = first_seed; seed < first_seed + histories; ++seed) {
    const History history = random_history(seed, turns_of_history);
    if (!differs(history)) continue;

    const History smallest = shrink(history, differs);
    FAIL() << "AVOW_TEST_SEED=" << seed << " AVOW_TEST_TURNS=" << turns_of_history
           << " repeats this. The smallest history:\n"
           << to_text(smallest) << *difference_in(smallest);
  }
}

}  // namespace
}  // namespace avow::test
