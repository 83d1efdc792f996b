#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/capability/attenuation.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"

// A fact on its way through a reference with caveats.

namespace avow::bench {
namespace {

Attenuation caveats(std::int64_t count, const std::string& text) {
  const std::vector<Value> all(static_cast<std::size_t>(count), parse_text(text).value());
  return Attenuation::parse(all).value();
}

void run(benchmark::State& state, const Attenuation& attenuation) {
  const Value fact = record("t", "some key", std::string(100, 'x'));
  const AttenuateReference nobody = [](ValueView, const std::vector<Value>&) {
    return std::optional<Value>();
  };
  for ([[maybe_unused]] auto _ : state) {
    const std::optional<Value> passed = attenuation.apply(fact, nobody);
    AVOW_CHECK(passed.has_value());
    benchmark::DoNotOptimize(passed);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void bm_attenuate_by_rejections(benchmark::State& state) {
  run(state, caveats(state.range(0), "<reject <rec secret [<_>]>>"));
}
BENCHMARK(bm_attenuate_by_rejections)->Arg(1)->Arg(8)->Arg(32);

void bm_attenuate_by_rewritings(benchmark::State& state) {
  run(state, caveats(state.range(0),
                     "<rewrite <bind <rec t [<bind <_>> <bind <_>>]>> <rec t [<ref 1> <ref 2>]>>"));
}
BENCHMARK(bm_attenuate_by_rewritings)->Arg(1)->Arg(8)->Arg(32);

}  // namespace
}  // namespace avow::bench
