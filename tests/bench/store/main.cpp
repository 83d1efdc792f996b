#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/store/journal_file.hpp"
#include "server/store/journal_thread.hpp"
#include "server/store/turn_record.hpp"
#include "tests/bench/store/bare.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/folder.hpp"
#include "tests/bench/support/stopwatch.hpp"

// The store against bare SQLite, both in this run, on the same disk.
//
//   store [turns=20000] [clients=64] [rows=1000000] [rounds=3]
//
// Commits: `clients` have one turn of one fact on the way each, and append the next when it is
// committed; then bare SQLite writes the same rows in the batches that came of it. Recovery: a file
// with `rows` facts is opened and checked; then bare SQLite reads the same rows. In the folder
// $AVOW_BENCH_FOLDER, or that for temporary files.

namespace avow::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (result) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.error().detail.c_str());
  std::exit(1);
}
void must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().detail.c_str());
  std::exit(1);
}

// About what <temperature "room-0001234" 21.5> takes.
server::JournalTurn turn_of(std::uint64_t seq) {
  server::JournalTurn turn;
  turn.seq = seq;
  turn.spaces.push_back({.name = "main", .revision = seq});
  server::StoredChange& change = turn.changes.emplace_back();
  change.act = server::StoredChange::Act::put;
  change.kind = server::StoredKind::fact;
  // Scattered, as facts are: neighbours in time are none in the table.
  std::string key = std::to_string(seq * 0x9E3779B97F4A7C15ULL);
  key.insert(0, 20 - key.size(), '0');
  append(change.key, bytes_of("temperature room-" + key + " 012345"));
  return turn;
}

BareRows rows_of(std::uint64_t seq) {
  const server::JournalTurn turn = turn_of(seq);
  BareRows rows{.seq = static_cast<std::int64_t>(seq), .record = {}, .key = turn.changes[0].key};
  server::write_turn_record(rows.record, turn);
  return rows;
}

class CountingSink final : public server::RecoverySink {
 public:
  void space(std::uint32_t, std::string_view, std::uint64_t) override {}
  Result<void> row(const server::StoredRow& row) override {
    ++rows;
    bytes += row.key.size();
    return {};
  }
  void outcome(const server::StoredOutcome&) override {}
  void progress(std::uint64_t, std::uint64_t) override {}
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

// Wakes who waits for commits.
class Commits final : public server::JournalListener {
 public:
  void committed(std::uint64_t seq) override {
    const std::lock_guard lock(mutex_);
    seqs.push_back(seq);
    told_.notify_one();
  }
  void reserved(std::uint64_t) override {}
  void room(bool) override {}
  void failed(const Error& why) override {
    std::fprintf(stderr, "%s\n", why.detail.c_str());
    std::exit(1);
  }
  /// The last committed, when it is above `seq`.
  std::uint64_t wait_above(std::uint64_t seq) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return !seqs.empty() && seqs.back() > seq; });
    return seqs.back();
  }
  std::vector<std::uint64_t> seqs;  ///< The end of each batch.

 private:
  std::mutex mutex_;
  std::condition_variable told_;
};

struct CommitRound {
  double store = 0;  ///< Turns a second.
  double bare = 0;
  double batch = 0;  ///< Turns in one, on average.
};

CommitRound commit_round(std::uint64_t turns, std::uint64_t clients) {
  const test::TemporaryFolder folder = bench_folder();
  Commits commits;
  CommitRound round;
  {
    server::JournalThreadOptions options;
    options.file.file = folder.file("avow.db");
    auto journal = must(server::JournalThread::open(options));
    CountingSink sink;
    (void)must(journal->recover(sink));
    journal->start(commits);
    const double begin = wall_seconds();
    std::uint64_t appended = 0;
    std::uint64_t done = 0;
    while (done < turns) {
      while (appended < std::min(done + clients, turns)) journal->append(turn_of(++appended));
      done = commits.wait_above(done);
    }
    round.store = static_cast<double>(turns) / (wall_seconds() - begin);
    must(journal->close(turns));
  }
  std::vector<BareRows> rows;
  rows.reserve(turns);
  for (std::uint64_t seq = 1; seq <= turns; ++seq) rows.push_back(rows_of(seq));
  BareSqlite bare(folder.file("bare.db"));
  const double begin = wall_seconds();
  std::uint64_t before = 0;
  for (const std::uint64_t end : commits.seqs) {
    bare.commit(std::span(rows).subspan(before, end - before));
    before = end;
  }
  round.bare = static_cast<double>(turns) / (wall_seconds() - begin);
  round.batch = static_cast<double>(turns) / static_cast<double>(commits.seqs.size());
  return round;
}

void commits(std::uint64_t turns, std::uint64_t clients, std::uint64_t rounds) {
  Samples ratios;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const CommitRound round = commit_round(turns, clients);
    const double ratio = round.store / round.bare;
    ratios.add(ratio);
    std::printf("commits: store %.0f turns/s, bare SQLite %.0f, batches of %.1f, ratio %.2f\n",
                round.store, round.bare, round.batch, ratio);
  }
  std::printf("commits: ratio %.2f [%.2f-%.2f], to be at least 0.6\n", ratios.median(),
              ratios.min(), ratios.max());
}

void fill(const std::string& file, std::uint64_t rows) {
  server::JournalOptions options;
  options.file = file;
  auto journal = must(server::JournalFile::open(options));
  CountingSink sink;
  (void)must(journal->recover(sink));
  std::vector<server::JournalTurn> batch;
  for (std::uint64_t seq = 1; seq <= rows; ++seq) {
    batch.push_back(turn_of(seq));
    if (batch.size() < 4'096 && seq < rows) continue;
    must(journal->commit(batch));
    must(journal->maintain());
    batch.clear();
  }
  must(journal->close(rows));
}

void recoveries(std::uint64_t rows, std::uint64_t rounds) {
  const test::TemporaryFolder folder = bench_folder();
  const std::string file = folder.file("avow.db");
  fill(file, rows);
  Samples ratios;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    double begin = wall_seconds();
    server::JournalOptions options;
    options.file = file;
    auto journal = must(server::JournalFile::open(options));
    CountingSink sink;
    const server::HistoryStart start = must(journal->recover(sink));
    const double store = wall_seconds() - begin;
    must(journal->close(start.above));
    begin = wall_seconds();
    BareSqlite bare(file);
    const std::uint64_t found = bare.scan();
    const double scan = wall_seconds() - begin;
    if (found != rows || sink.rows != rows) std::exit(1);
    ratios.add(store / scan);
    std::printf("recovery: %llu rows, store %.3f s, bare scan %.3f s, ratio %.2f\n",
                static_cast<unsigned long long>(found), store, scan, store / scan);
  }
  std::printf("recovery: ratio %.2f [%.2f-%.2f], to be at most 4\n", ratios.median(), ratios.min(),
              ratios.max());
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  const avow::bench::Arguments arguments(count, words);
  const auto rounds = arguments.number("rounds", 3);
  avow::bench::commits(arguments.number("turns", 20'000), arguments.number("clients", 64), rounds);
  avow::bench::recoveries(arguments.number("rows", 1'000'000), rounds);
}
