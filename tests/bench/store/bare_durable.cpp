#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/bench/store/bare.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/handoff.hpp"
#include "tests/bench/support/stopwatch.hpp"

// The limit of durable writes: bare SQLite, one thread that commits what has gathered while it
// committed before (group commit), and as many rows on the way as there would be writers. No
// sockets, no server.
//
//   bare_durable [writers=64] [milliseconds=3000]
//
// In a new folder below the current one. Prints one line of JSON.

namespace avow::bench {
namespace {

constexpr std::size_t row_bytes = 130;  // A fact of 100 bytes of text, and its key.

BareRows row_of(std::uint64_t number) {
  BareRows rows;
  rows.seq = static_cast<std::int64_t>(number + 1);
  rows.record.assign(row_bytes, 'x');
  rows.key.assign(row_bytes, 'x');
  const std::string key = std::to_string(number * 0x9E3779B97F4A7C15ULL);
  std::copy(key.begin(), key.end(), rows.key.begin());
  return rows;
}

// Until `milliseconds` are over; how many rows a second.
double rate(const std::string& file, std::size_t writers, double milliseconds) {
  BareSqlite bare(file);
  Handoff<BareRows> to_commit;
  Handoff<std::size_t> committed;
  std::thread committer([&] {
    for (std::vector<BareRows> rows = to_commit.take_all(); !rows.empty();
         rows = to_commit.take_all()) {
      bare.commit(rows);
      committed.give(rows.size());
    }
  });
  std::uint64_t written = 0;
  std::uint64_t done = 0;
  const double begin = wall_seconds();
  const double end = begin + milliseconds / 1e3;
  for (std::size_t i = 0; i < writers; ++i) to_commit.give(row_of(written++));
  while (done < written) {
    for (const std::size_t count : committed.take_all()) {
      done += count;
      for (std::size_t i = 0; i < count && wall_seconds() < end; ++i) {
        to_commit.give(row_of(written++));
      }
    }
  }
  const double seconds = wall_seconds() - begin;
  to_commit.end();
  committer.join();
  return static_cast<double>(done) / seconds;
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  using namespace avow::bench;
  namespace fs = std::filesystem;
  const Arguments arguments(count, words);
  std::string folder = (fs::current_path() / "bare-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const double found = rate(folder + "/bare.db", arguments.number("writers", 64),
                            static_cast<double>(arguments.number("milliseconds", 3'000)));
  fs::remove_all(folder);
  std::printf("{\"per_second\": %.0f}\n", found);
}
