#include "tests/simulation/seeds.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "tests/support/random.hpp"

namespace avow::simulation {
namespace {

constexpr unsigned seconds_max = 60;  // For one seed, which takes milliseconds.

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

Simulation::Shown shown() {
  return number_from("AVOW_TEST_TRACE", 0) != 0 ? Simulation::Shown::steps
                                                : Simulation::Shown::nothing;
}

std::string& last_words() {
  static std::string words;
  return words;
}

void say_last_words(int signal) {
  std::fputs(last_words().c_str(), stderr);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

std::uint64_t first_seed() { return test::test_seed(); }

std::uint64_t seed_count(std::uint64_t otherwise) {
  const bool replays = std::getenv("AVOW_TEST_SEED") != nullptr;
  return number_from("AVOW_TEST_SEEDS", replays ? 1 : otherwise);
}

std::string replay_command(std::uint64_t seed, Simulation::Keeps keeps) {
  const char* const program =
      keeps == Simulation::Keeps::store ? "simulation_durable_test" : "simulation_test";
  return "to replay: AVOW_TEST_SEED=" + std::to_string(seed) +
         " AVOW_TEST_TRACE=1 build/test/tests/simulation/" + program + "\n";
}

Outcome run_seed(std::uint64_t seed, Simulation::Keeps keeps) {
  last_words() = replay_command(seed, keeps);
  std::signal(SIGABRT, say_last_words);
  std::signal(SIGALRM, say_last_words);
  ::alarm(seconds_max);
  Simulation simulation(seed, keeps, shown());
  return simulation.run();
}

}  // namespace avow::simulation
