#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <sys/resource.h>

#include "tests/bench/sockets/workloads.hpp"

// Loads one server over loopback. `compare` beside this runs several in turn and makes the tables.
//
//   sockets server=native|syndicate|redis|nats|beast port=N [pid=N] workload=…
//   stream:   [subscribers=1] [burst=64] [turns=1] [deliveries=1000000] [window=10000]
//   select:   [topics=1000] [wildcards=0] [burst=64] [deliveries=500000] [window=10000]
//   latency:  [probes=20000]
//   snapshot: [facts=1000000]
//   hold:     [first=0] [facts=1000000]     says `held` then, and ends when its input ends
//   join:     [facts=1000000]
//   memory:   [of=facts|subscriptions|connections] [count=100000]
//   churn:    [facts=100000] [changes=400000]                   native, syndicate, redis
//   mass_end: [clients=1000] [facts=100]                        native, syndicate
//   durable:  [writers=64] [milliseconds=3000]                  native, redis
//   fill:     [count=1000000]                                   native, redis
//   queue:    [workers=8] [jobs=100000] [leases=0]              native, redis; jetstream has leases
//   beside:   [writers_in=nowhere] [writers=64] [probes=2000]   native
//
// `writers_in` is nowhere, here or another: the space that others write to durably. `burst`
// messages are a turn, `turns` of them go into one write. `pid` is the server's process, whose work
// is measured too. Prints one line of JSON.

namespace avow::bench {
namespace {

std::unique_ptr<Server> server_of(const std::string& name, std::uint16_t port) {
  if (name == "native") return native_server(port);
  if (name == "syndicate") return syndicate_server(port);
  if (name == "redis") return redis_server(port);
  if (name == "nats") return nats_server(port);
  if (name == "beast") return beast_server(port);
  std::fprintf(stderr, "sockets: server= is native, syndicate, redis, nats or beast\n");
  std::exit(2);
}

void run(const Arguments& arguments, LoadReport& report) {
  const std::string workload = arguments.text("workload", "stream");
  const std::string name = arguments.text("server", "");
  const auto port = static_cast<std::uint16_t>(arguments.number("port", 7370));
  if (workload == "churn") return churn(name, port, arguments, report);
  if (workload == "durable") return durable(port, arguments, report);
  if (workload == "fill") return fill(port, arguments);
  if (workload == "queue") return queue(port, arguments, report);
  if (workload == "beside") return beside(port, arguments, report);
  const std::unique_ptr<Server> server = server_of(name, port);
  if (workload == "stream") return stream(*server, arguments, report);
  if (workload == "select") return select(*server, arguments, report);
  if (workload == "latency") return latency(*server, arguments, report);
  if (workload == "snapshot") return snapshot(*server, arguments, report);
  if (workload == "hold") return hold(*server, arguments);
  if (workload == "join") return join(*server, arguments, report);
  if (workload == "memory") return memory(*server, arguments, report);
  if (workload == "mass_end") return mass_end(*server, arguments, report);
  std::fprintf(stderr, "sockets: there is no workload %s\n", workload.c_str());
  std::exit(2);
}

void allow_many_connections() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  const avow::bench::Arguments arguments(count, words);
  avow::bench::allow_many_connections();
  avow::bench::LoadReport report(static_cast<int>(arguments.number("pid", 0)));
  avow::bench::run(arguments, report);
  report.print();
}
