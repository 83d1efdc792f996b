#include <cstdio>
#include <cstdlib>
#include <string>

#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "tests/bench/routing/workload.hpp"
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

class FullSpace {
 public:
  explicit FullSpace(std::size_t facts) {
    const std::string payload(100, 'x');
    for (std::size_t i = 0; i < facts; ++i) {
      (void)probe_.publish(record("t", RoutingWorkload::key(i), payload));
      probe_.settle();
    }
  }

  /// Microseconds that one query for the fact with that number takes.
  [[nodiscard]] double query(std::size_t number) {
    const Value observe = test::observe(RoutingWorkload::pattern(number), ReferenceId{1});
    const double begin = thread_seconds();
    const ParsedInterest parsed = parse_interest(observe);
    std::size_t rows = 0;
    probe_.space().query(*parsed.interest, [&rows](ByteView) {
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
  test::DataspaceProbe probe_;
};

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  using namespace avow::bench;
  const Arguments arguments(count, words);
  const std::size_t facts = arguments.number("facts", 1'000'000);
  const std::size_t queries = arguments.number("queries", 10'000);
  FullSpace space(facts);
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
