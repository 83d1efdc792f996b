#include <vector>

#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// mass_end: many clients with facts end at once, and one watcher is to be told of all of them.

namespace avow::bench {

void mass_end(Server& server, const Arguments& arguments, LoadReport& report) {
  const std::size_t clients = arguments.number("clients", 1'000);
  const std::size_t facts = arguments.number("facts", 100);
  std::vector<Socket> watchers;
  watchers.push_back(server.watcher());
  const Counter counter(watchers, server.change_counting());
  std::vector<Socket> holders;
  for (std::size_t i = 0; i < clients; ++i) holders.push_back(server.holder(i * facts, facts));
  counter.wait_for(clients * facts);
  if (counter.total() != clients * facts) fail("more facts came than there were");
  report.begin();
  const double begin = wall_seconds();
  holders.clear();
  counter.wait_for(2 * clients * facts);
  report.add("seconds", wall_seconds() - begin);
  report.end();
  if (counter.total() != 2 * clients * facts) fail("more facts went than there were");
}

}  // namespace avow::bench
