#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <poll.h>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/durable/client.hpp"
#include "tests/bench/durable/server.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/folder.hpp"
#include "tests/bench/support/stopwatch.hpp"

// What durable state costs through the whole server, over loopback.
//
//   durable [turns=20000] [clients=64] [probes=2000] [rounds=3]
//
// Commits: each of `clients` connections has one turn of one put on the way, and sends the next
// when it is answered; then bare SQLite writes the same rows in the batches that came of it. W12:
// how long a session fact takes from its client to its client, while nobody else is there, while as
// many clients put durably in another space, and in the same one. In the folder $AVOW_BENCH_FOLDER,
// or that for temporary files.

namespace avow::bench {
namespace {

/// Many clients that put, each with one turn on the way, driven by one thread.
class Writers {
 public:
  Writers(std::uint16_t port, const std::string& space, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      clients_.push_back(std::make_unique<DurableClient>(port, space));
      clients_.back()->find_keeper();
      waiting_.push_back({.fd = clients_.back()->descriptor(), .events = POLLIN, .revents = 0});
    }
  }

  /// Until `turns` are answered, or somebody says `over`. Those on the way then are answered too.
  void run(std::uint64_t turns, const std::atomic<bool>& over) {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    for (const auto& client : clients_) client->put(++sent);
    while (answered < sent) {
      (void)::poll(waiting_.data(), waiting_.size(), -1);
      for (std::size_t i = 0; i < clients_.size(); ++i) {
        if (waiting_[i].revents == 0 || !clients_[i]->has_answer()) continue;
        ++answered;
        if (sent < turns && !over) clients_[i]->put(++sent);
      }
    }
  }

 private:
  std::vector<std::unique_ptr<DurableClient>> clients_;
  std::vector<pollfd> waiting_;
};

double seconds_of_bare(const std::string& file, const DurableServer& server) {
  BareSqlite bare(file);
  const double begin = wall_seconds();
  std::size_t before = 0;
  for (const std::size_t end : server.batch_ends()) {
    if (end > before) bare.commit(std::span(server.rows()).subspan(before, end - before));
    before = end;
  }
  return wall_seconds() - begin;
}

void commits(std::uint64_t turns, std::size_t clients, std::uint64_t rounds) {
  Samples ratios;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const test::TemporaryFolder folder = bench_folder();
    DurableServer server(folder.file("avow.db"));
    Writers writers(server.port(), "", clients);
    const std::atomic<bool> over = false;
    const double begin = wall_seconds();
    writers.run(turns, over);
    const double whole = static_cast<double>(turns) / (wall_seconds() - begin);
    server.stop();
    const double bare =
        static_cast<double>(turns) / seconds_of_bare(folder.file("bare.db"), server);
    ratios.add(whole / bare);
    std::printf(
        "commits: %.0f turns/s through the server, bare SQLite %.0f/s, %.1f in a batch, "
        "ratio %.2f\n",
        whole, bare, static_cast<double>(turns) / static_cast<double>(server.batch_ends().size()),
        whole / bare);
  }
  std::printf("commits: ratio %.2f [%.2f-%.2f], to be at least 0.6\n", ratios.median(),
              ratios.min(), ratios.max());
}

struct RoundTrips {
  double median = 0;  ///< Microseconds.
  double p99 = 0;
};

RoundTrips probe(std::uint16_t port, std::uint64_t probes) {
  DurableClient client(port, "");
  std::vector<double> times;
  for (std::uint64_t i = 0; i < probes; ++i) {
    const double begin = wall_seconds();
    client.round_trip(i);
    times.push_back((wall_seconds() - begin) * 1e6);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

RoundTrips probe_beside(const std::string& space, std::size_t clients, std::uint64_t probes) {
  const test::TemporaryFolder folder = bench_folder();
  DurableServer server(folder.file("avow.db"));
  if (clients == 0) return probe(server.port(), probes);
  Writers writers(server.port(), space, clients);
  std::atomic<bool> over = false;
  std::thread load([&] { writers.run(~std::uint64_t{0}, over); });
  const RoundTrips told = probe(server.port(), probes);
  over = true;
  load.join();
  return told;
}

void session_facts(std::size_t clients, std::uint64_t probes, std::uint64_t rounds) {
  struct Case {
    const char* name;
    std::string space;
    std::size_t clients;
  };
  const std::vector<Case> cases{{"nobody else", "", 0},
                                {"writers in another space", "elsewhere", clients},
                                {"writers in the same space", "", clients}};
  double undisturbed = 0;
  for (const Case& each : cases) {
    Samples medians;
    Samples slow;
    for (std::uint64_t i = 0; i < rounds; ++i) {
      const RoundTrips told = probe_beside(each.space, each.clients, probes);
      medians.add(told.median);
      slow.add(told.p99);
    }
    if (each.clients == 0) undisturbed = medians.median();
    std::printf("W12, %s: median %.0f us [%.0f-%.0f], p99 %.0f us, %.2f of undisturbed\n",
                each.name, medians.median(), medians.min(), medians.max(), slow.median(),
                medians.median() / undisturbed);
  }
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  const avow::bench::Arguments arguments(count, words);
  const std::size_t clients = arguments.number("clients", 64);
  const std::size_t rounds = arguments.number("rounds", 3);
  avow::bench::commits(arguments.number("turns", 20'000), clients, rounds);
  avow::bench::session_facts(clients, arguments.number("probes", 2'000), rounds);
}
