#include <benchmark/benchmark.h>
#include <cstdint>
#include <string>
#include <vector>

#include "avow/base/check.hpp"
#include "server/store/journal_file.hpp"
#include "tests/bench/support/folder.hpp"

// Turns of one fact on their way to the disk ($AVOW_BENCH_FOLDER, or the folder for temporary
// files), so many in one transaction, which is synchronised.

namespace avow::bench {
namespace {

class Nobody final : public server::RecoverySink {
 public:
  void space(std::uint32_t, std::string_view, std::uint64_t) override {}
  Result<void> row(const server::StoredRow&) override { return {}; }
  void outcome(const server::StoredOutcome&) override {}
  void progress(std::uint64_t, std::uint64_t) override {}
};

// One fact of a thousand, with a new value each time.
server::JournalTurn turn_of(std::uint64_t seq) {
  server::JournalTurn turn;
  turn.seq = seq;
  turn.spaces.push_back({.name = "main", .revision = seq});
  server::StoredChange& change = turn.changes.emplace_back();
  change.act = server::StoredChange::Act::put;
  change.kind = server::StoredKind::slot;
  append(change.key, bytes_of("temperature room-" + std::to_string(seq % 1'000)));
  append(change.value, bytes_of("temperature " + std::to_string(seq)));
  return turn;
}

void bm_commit_by_batch(benchmark::State& state) {
  const test::TemporaryFolder folder = bench_folder();
  server::JournalOptions options;
  options.file = folder.file("avow.db");
  auto journal = server::JournalFile::open(options);
  AVOW_CHECK(journal.has_value());
  Nobody nobody;
  AVOW_CHECK((*journal)->recover(nobody).has_value());
  std::uint64_t seq = 0;
  std::uint64_t reserved = 0;
  std::vector<server::JournalTurn> batch;
  for ([[maybe_unused]] auto _ : state) {
    batch.clear();
    for (std::int64_t i = 0; i < state.range(0); ++i) batch.push_back(turn_of(++seq));
    if (seq > reserved) reserved = (*journal)->reserve(seq + (1U << 20U)).value();
    AVOW_CHECK((*journal)->commit(batch).has_value());
    AVOW_CHECK((*journal)->maintain().has_value());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  AVOW_CHECK((*journal)->close(seq).has_value());
}
BENCHMARK(bm_commit_by_batch)->RangeMultiplier(10)->Range(1, 1'000)->UseRealTime();

}  // namespace
}  // namespace avow::bench
