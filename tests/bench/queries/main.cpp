#include <cstdio>
#include <cstdlib>
#include <string>

#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/dataspace/turn_maker.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/stopwatch.hpp"
#include "tests/support/dataspace_probe.hpp"
#include "tests/support/random.hpp"

// Selective queries in process: one fact of many by a constant in it, answered by the dataspace.
// The first queries of their kind scan, and thereby pay for the directory that the later ones use.
//
//   queries [facts=1000000] [queries=10000]

namespace avow::bench {
namespace {

class NobodyListens final : public server::ObserverHost, public server::DeliverySink {
 public:
  std::uint64_t observer_added(ReferenceId, server::TopicId) override { return 0; }
  void observer_removed(std::uint64_t) override {}
  void topic_ended(server::TopicId) override {}
  void deliver(const server::Change&, ByteView, std::span<const server::Observer>) override {}
};

std::string key(std::size_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 7 ? 7 - digits.size() : 0, '0');
  return "k." + digits;
}

class FullSpace {
 public:
  explicit FullSpace(std::size_t facts) : space_(HashKey{1, 2}, nobody_) {
    const std::string payload(100, 'x');
    for (std::size_t i = 0; i < facts; ++i) {
      server::Turn turn = turns_.next();
      (void)space_.publish(turn, record("t", key(i), payload), nullptr);
      space_.settle(turn, nobody_);
    }
  }

  /// Microseconds that one query for the fact with that number takes.
  [[nodiscard]] double query(std::size_t number) const {
    const Value observe =
        record("Observe", test::rec("t", {test::lit(key(number)), test::bind()}), ReferenceId{1});
    const double begin = thread_seconds();
    const ParsedInterest parsed = parse_interest(observe);
    std::size_t rows = 0;
    space_.query(*parsed.interest, [&rows](ByteView) {
      ++rows;
      return true;
    });
    const double seconds = thread_seconds() - begin;
    if (rows != 1) {
      std::fprintf(stderr, "%zu rows for one fact\n", rows);
      std::exit(1);
    }
    return seconds * 1e6;
  }

 private:
  NobodyListens nobody_;
  server::TurnMaker turns_;
  server::Dataspace space_;
};

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  using namespace avow::bench;
  const Arguments arguments(count, words);
  const std::size_t facts = arguments.number("facts", 1'000'000);
  const std::size_t queries = arguments.number("queries", 10'000);
  const FullSpace space(facts);
  avow::test::Random random(1);
  constexpr std::size_t scanning = 4;
  for (std::size_t i = 0; i < scanning; ++i) {
    std::printf("query %zu: %.1f us\n", i + 1, space.query(random.below(facts)));
  }
  Samples later;
  for (std::size_t i = 0; i < queries; ++i) later.add(space.query(random.below(facts)));
  std::printf("%zu more, over %zu facts: median %.2f us, slowest %.1f us\n", later.size(), facts,
              later.median(), later.max());
  return 0;
}
