#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "tests/bench/micro/counting_space.hpp"
#include "tests/support/dataspace_probe.hpp"

// From facts to deliveries, in the dataspace alone: what a change costs, and how that grows. A
// change is a fact that comes, or one that goes; a turn has 64 of one kind unless told otherwise.

namespace avow::bench {
namespace {

using test::bind;
using test::lit;
using test::rec;

constexpr std::int64_t turn_facts = 64;

std::string key(std::int64_t number) { return "key-" + std::to_string(number); }

Value fact(std::int64_t number, std::int64_t serial) {
  return record("t", key(number), "payload " + std::to_string(serial));
}

std::vector<Value> facts(std::int64_t count, std::int64_t keys, std::int64_t first = 0) {
  std::vector<Value> all;
  all.reserve(static_cast<std::size_t>(count));
  // Scattered over the keys: neighbours in time are none in memory.
  for (std::int64_t i = first; i < first + count; ++i) all.push_back(fact(i * 7'919 % keys, i));
  return all;
}

// All appear, and all go, until there was enough; `each` deliveries are expected of each change.
void run(benchmark::State& state, CountingSpace& space, const std::vector<Value>& turn,
         std::uint64_t each) {
  const std::uint64_t before = space.deliveries();
  for ([[maybe_unused]] auto _ : state) {
    space.publish(turn);
    space.retract();
  }
  const auto changes = state.iterations() * 2 * static_cast<std::int64_t>(turn.size());
  AVOW_CHECK(space.deliveries() - before == static_cast<std::uint64_t>(changes) * each);
  state.SetItemsProcessed(changes);
}

// Each fact has one observer, who asks for its key.
void bm_route_by_subscriptions(benchmark::State& state) {
  CountingSpace space;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    space.observe(rec("t", {lit(key(i)), bind()}));
  }
  run(state, space, facts(turn_facts, state.range(0)), 1);
}
BENCHMARK(bm_route_by_subscriptions)->RangeMultiplier(10)->Range(100, 1'000'000);

// The same, among so many shapes of one label: patterns that look at other fields, and do not
// match.
void bm_route_by_shapes(benchmark::State& state) {
  CountingSpace space;
  for (std::int64_t i = 0; i < 1'000; ++i) space.observe(rec("t", {lit(key(i)), bind()}));
  for (std::int64_t i = 1; i < state.range(0); ++i) {
    std::vector<Value> fields(static_cast<std::size_t>(i) + 2, test::any());
    fields.back() = lit("nothing");
    space.observe(rec("t", fields));
  }
  run(state, space, facts(turn_facts, 1'000), 1);
}
BENCHMARK(bm_route_by_shapes)->Arg(1)->Arg(10)->Arg(100);

// The capture stands so many records deep.
void bm_route_by_depth(benchmark::State& state) {
  CountingSpace space;
  Value pattern = bind();
  for (std::int64_t i = 0; i < state.range(0); ++i) pattern = rec("in", {pattern});
  space.observe(rec("t", {pattern}));
  std::vector<Value> turn;
  for (std::int64_t i = 0; i < turn_facts; ++i) {
    Value inner = Value::integer(i);
    for (std::int64_t depth = 0; depth < state.range(0); ++depth) inner = record("in", inner);
    turn.push_back(record("t", inner));
  }
  run(state, space, turn, 1);
}
BENCHMARK(bm_route_by_depth)->Arg(1)->Arg(4)->Arg(16);

void bm_route_by_live_facts(benchmark::State& state) {
  CountingSpace space;
  for (std::int64_t i = 0; i < 1'000; ++i) space.observe(rec("t", {lit(key(i)), bind()}));
  space.fill(facts(state.range(0), 1'000, turn_facts));
  run(state, space, facts(turn_facts, 1'000), 1);
}
BENCHMARK(bm_route_by_live_facts)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void bm_route_by_turn_size(benchmark::State& state) {
  CountingSpace space;
  for (std::int64_t i = 0; i < 1'000; ++i) space.observe(rec("t", {lit(key(i)), bind()}));
  run(state, space, facts(state.range(0), 1'000), 1);
}
BENCHMARK(bm_route_by_turn_size)->RangeMultiplier(10)->Range(1, 1'000);

// Observers of the same pattern are one topic.
void bm_deliver_by_observers(benchmark::State& state) {
  CountingSpace space;
  for (std::int64_t i = 0; i < state.range(0); ++i) space.observe(rec("t", {bind(), bind()}));
  run(state, space, facts(turn_facts, 1'000), static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(bm_deliver_by_observers)->RangeMultiplier(10)->Range(1, 10'000);

}  // namespace
}  // namespace avow::bench
