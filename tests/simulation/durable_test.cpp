#include <cstdio>
#include <gtest/gtest.h>

#include "tests/simulation/seeds.hpp"

// The same with a store, whose disk fails and whose server dies.

namespace avow::simulation {
namespace {

constexpr auto keeps = Simulation::Keeps::store;
constexpr std::uint64_t seeds = 100;

TEST(DurableSimulation, WhatWasToldIsThereAfterwardsAndNothingElseWhateverHappens) {
  const std::uint64_t first = first_seed();
  const std::uint64_t count = seed_count(seeds);
  Outcome all;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    const Outcome outcome = run_seed(seed, keeps);

    ASSERT_FALSE(outcome.failure) << *outcome.failure << "\n" << replay_command(seed, keeps);
    all.turns += outcome.turns;
    all.restarts += outcome.restarts;
    all.commits += outcome.commits;
    all.answers += outcome.answers;
  }
  // A simulation in which nothing happens proves nothing. One seed may have fair weather.
  if (count >= 20) {
    EXPECT_GT(all.restarts, count);
    EXPECT_GT(all.commits, 20 * count);
    EXPECT_GT(all.answers, 20 * count);
  }
  std::printf("%llu seeds: %llu turns, %llu restarts, %llu commits, %llu answers\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(all.turns),
              static_cast<unsigned long long>(all.restarts),
              static_cast<unsigned long long>(all.commits),
              static_cast<unsigned long long>(all.answers));
}

TEST(DurableSimulation, OneSeedRunsTheSameTwice) {
  const std::uint64_t first = first_seed();
  const std::uint64_t count = 1 + seed_count(seeds) / 20;

  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    EXPECT_EQ(run_seed(seed, keeps).trace_hash, run_seed(seed, keeps).trace_hash)
        << replay_command(seed, keeps);
  }
}

}  // namespace
}  // namespace avow::simulation
