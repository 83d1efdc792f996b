#include "tests/bench/sockets/churn.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// churn: entries are replaced at random; it is over when all changes are acknowledged, and the one
// watcher has been told of each.

namespace avow::bench {
namespace {

constexpr std::size_t pairs = 32;  // Of a turn: each is two changes.
constexpr std::uint64_t unacknowledged_max = 1'024;
// How far the watcher may be behind: less than what a server lets wait for a client.
constexpr std::uint64_t untold_max = 20'000;

std::vector<std::uint32_t> some_keys(std::mt19937& random, std::uint32_t count) {
  std::vector<std::uint32_t> keys;
  while (keys.size() < pairs) {
    const auto key = static_cast<std::uint32_t>(random() % count);
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

std::unique_ptr<Churn> churn_of(const std::string& name, std::uint16_t port) {
  if (name == "redis") return redis_churn(port);
  if (name == "syndicate") return syndicate_churn(port);
  return native_churn(port);
}

}  // namespace

std::string numbered_text(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return digits + std::string(100 - digits.size(), 'x');
}

void churn(const std::string& name, std::uint16_t port, const Arguments& arguments,
           LoadReport& report) {
  const std::unique_ptr<Churn> server = churn_of(name, port);
  const auto keys = static_cast<std::uint32_t>(arguments.number("facts", 100'000));
  const std::uint64_t changes = arguments.number("changes", 400'000) / (2 * pairs) * (2 * pairs);
  server->hold(keys);
  std::vector<Socket> watchers;
  watchers.push_back(server->watcher());
  const Counter counter(watchers, server->counting());
  const std::uint64_t each = server->counted_of_change();
  std::mt19937 random(5);
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  report.begin();
  const double begin = wall_seconds();
  while (acknowledged < changes) {
    while (sent < changes && sent + 2 * pairs - acknowledged <= unacknowledged_max) {
      if (sent > untold_max) counter.wait_for((sent - untold_max) * each);
      server->replace(some_keys(random, keys));
      sent += 2 * pairs;
    }
    acknowledged += server->acknowledged(server->publisher().receive());
  }
  counter.wait_for(changes * each);
  report.add("per_second", static_cast<double>(changes) / (wall_seconds() - begin));
  report.end();
  if (counter.total() != changes * each) fail("more changes were told than there were");
}

}  // namespace avow::bench
