#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/simulation.hpp"

// Which seeds a test runs. AVOW_TEST_SEEDS says how many, AVOW_TEST_SEED with which to begin; given
// alone it replays that one. AVOW_TEST_TRACE=1 shows each step.

namespace avow::simulation {

[[nodiscard]] std::uint64_t first_seed();
[[nodiscard]] std::uint64_t seed_count(std::uint64_t otherwise);
/// The one command that repeats a seed.
[[nodiscard]] std::string replay_command(std::uint64_t seed, Simulation::Keeps keeps);
/// A bug that stops the program, or hangs it, still says which seed found it.
[[nodiscard]] Outcome run_seed(std::uint64_t seed, Simulation::Keeps keeps);

}  // namespace avow::simulation
