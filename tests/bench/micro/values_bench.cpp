#include <benchmark/benchmark.h>
#include <string>
#include <utility>
#include <variant>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "avow/wire/json.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "avow/wire/preserves.hpp"
#include "server/base/hash.hpp"

// Values between the wire and memory: what a byte or an event costs, and how that grows.

namespace avow::bench {
namespace {

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

// With what stands around it, just below what a string and a message may have.
constexpr std::int64_t largest = 1'000'000;

Value fact(std::int64_t payload_bytes) {
  return record("t", "some key", std::string(static_cast<std::size_t>(payload_bytes), 'x'));
}

void by_size(benchmark::internal::Benchmark* bench) {
  bench->RangeMultiplier(16)->Range(16, largest);
}

wire::Packet turn_of(std::int64_t events, std::int64_t payload_bytes) {
  wire::Turn turn;
  for (std::int64_t i = 0; i < events; ++i) {
    wire::Event event;
    event.target = 1;
    event.kind = wire::EventKind::publish;
    event.handle = 1'000 + i;
    event.body = fact(payload_bytes);
    turn.events.push_back(std::move(event));
  }
  return turn;
}

void bm_decode_value(benchmark::State& state) {
  const Value value = fact(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    const Result<Value> decoded = wire::decode_value(value.bytes());
    AVOW_CHECK(decoded.has_value());
    benchmark::DoNotOptimize(decoded);
  }
  count_bytes(state, value.bytes().size());
}
BENCHMARK(bm_decode_value)->Apply(by_size);

void bm_decode_turn(benchmark::State& state) {
  Bytes packet;
  wire::append_packet(packet, turn_of(state.range(0), 100));
  for ([[maybe_unused]] auto _ : state) {
    Result<wire::Packet> decoded = wire::decode_packet(packet);
    AVOW_CHECK(decoded.has_value());
    benchmark::DoNotOptimize(decoded);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bm_decode_turn)->RangeMultiplier(10)->Range(1, 1'000);

// A dictionary whose keys come in the wrong order, as programs that do not sort send it.
void bm_canonicalise(benchmark::State& state) {
  Bytes unsorted{tag::dictionary};
  for (std::int64_t key = state.range(0); key > 0; --key) {
    append_integer(unsorted, key);
    append_integer(unsorted, key);
  }
  unsorted.push_back(tag::end);
  for ([[maybe_unused]] auto _ : state) {
    const Result<Value> decoded = wire::decode_value(unsorted);
    AVOW_CHECK(decoded.has_value());
    benchmark::DoNotOptimize(decoded);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bm_canonicalise)->RangeMultiplier(10)->Range(10, 10'000);

void bm_hash(benchmark::State& state) {
  const server::KeyedHash keyed({1, 2});
  const Value value = fact(state.range(0));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(keyed(value.bytes()));
  count_bytes(state, value.bytes().size());
}
BENCHMARK(bm_hash)->Apply(by_size);

void bm_encode_turn(benchmark::State& state) {
  const wire::Packet packet = turn_of(state.range(0), 100);
  Bytes to;
  for ([[maybe_unused]] auto _ : state) {
    to.clear();
    wire::append_packet(to, packet);
    benchmark::DoNotOptimize(to.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bm_encode_turn)->RangeMultiplier(10)->Range(1, 1'000);

void bm_encode_json(benchmark::State& state) {
  const Value value = fact(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(wire::to_json(value, wire::JsonAuthor::server));
  }
  count_bytes(state, value.bytes().size());
}
BENCHMARK(bm_encode_json)->Apply(by_size);

void bm_decode_json(benchmark::State& state) {
  const std::string text = wire::to_json(fact(state.range(0)), wire::JsonAuthor::client);
  for ([[maybe_unused]] auto _ : state) {
    const Result<Value> decoded = wire::value_from_json_text(text, wire::JsonAuthor::client);
    AVOW_CHECK(decoded.has_value());
    benchmark::DoNotOptimize(decoded);
  }
  count_bytes(state, text.size());
}
BENCHMARK(bm_decode_json)->Apply(by_size);

}  // namespace
}  // namespace avow::bench
