#include <algorithm>
#include <random>
#include <vector>

#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// stream, select and latency: one connection publishes, others are told.

namespace avow::bench {
namespace {

// The others are told as much as the first was; what is late would count for what comes next.
void take_first_burst(std::vector<Socket>& subscribers, Counting counting, std::uint64_t size) {
  for (std::size_t i = 1; i < subscribers.size(); ++i) {
    ByteCount count(counting);
    for (std::uint64_t counted = 0; counted < size;) {
      counted += count.take(subscribers[i].receive());
    }
  }
}

/// What is sent in one write, and how much of it may be on the way.
struct Load {
  std::size_t writes = 0;
  std::size_t window = 0;
  std::uint64_t counted_for_each = 0;
};

// `fill` puts into its argument what the next write sends.
template <class Fill>
double seconds_of(const Load& load, const Counter& counter, Socket& publisher, const Fill& fill) {
  const double begin = wall_seconds();
  Bytes bytes;
  for (std::size_t sent = 0; sent < load.writes; ++sent) {
    if (sent >= load.window) counter.wait_for((sent - load.window) * load.counted_for_each);
    bytes.clear();
    fill(bytes);
    publisher.send(bytes);
    publisher.discard();
  }
  counter.wait_for(load.writes * load.counted_for_each);
  const double seconds = wall_seconds() - begin;
  if (counter.total() != load.writes * load.counted_for_each) {
    fail("more was delivered than was published");
  }
  return seconds;
}

// What others are divided by.
std::size_t one_or_more(const Arguments& arguments, std::string_view name, std::size_t otherwise) {
  return std::max<std::size_t>(1, arguments.number(name, otherwise));
}

}  // namespace

std::uint64_t counted_for(Counting counting, Socket& publisher, ByteView bytes,
                          Socket& subscriber) {
  constexpr int silence_ms = 300;
  ByteCount count(counting);
  publisher.send(bytes);
  std::uint64_t counted = count.take(subscriber.receive());
  for (ByteView more = subscriber.receive_within(silence_ms); !more.empty();
       more = subscriber.receive_within(silence_ms)) {
    counted += count.take(more);
  }
  return counted;
}

void stream(Server& server, const Arguments& arguments, LoadReport& report) {
  const std::size_t burst = one_or_more(arguments, "burst", 64);
  const std::size_t turns = one_or_more(arguments, "turns", 1);
  const std::size_t connections = one_or_more(arguments, "subscribers", 1);
  const Counting counting = turns > 1 || burst == 1 ? server.exact_counting() : server.counting();
  std::vector<Socket> subscribers;
  for (std::size_t i = 0; i < connections; ++i) subscribers.push_back(server.subscriber());
  Socket publisher = server.publisher();
  const auto fill = [&](Bytes& bytes) {
    for (std::size_t i = 0; i < turns; ++i) server.append_burst(bytes, burst);
  };
  Bytes first;
  fill(first);
  const std::uint64_t size = counted_for(counting, publisher, first, subscribers.front());
  take_first_burst(subscribers, counting, size);

  const std::size_t messages = burst * turns;
  Load load;
  load.counted_for_each = size * connections;
  load.writes =
      std::max<std::size_t>(1, arguments.number("deliveries", 1'000'000) / messages / connections);
  load.window = std::max<std::size_t>(2, arguments.number("window", 10'000) / messages /
                                             std::max<std::size_t>(1, connections / 10));
  const Counter counter(subscribers, counting);
  report.begin();
  const double seconds = seconds_of(load, counter, publisher, fill);
  report.end();
  report.add("per_second", static_cast<double>(load.writes * messages * connections) / seconds);
}

void select(Server& server, const Arguments& arguments, LoadReport& report) {
  constexpr std::size_t connections = 10;
  const std::size_t burst = one_or_more(arguments, "burst", 64);
  const auto topics = static_cast<std::uint32_t>(one_or_more(arguments, "topics", 1'000));
  const Selection selection =
      arguments.number("wildcards", 0) == 0 ? Selection::literal : Selection::wildcard;
  std::vector<Socket> subscribers;
  const double subscribing = wall_seconds();
  for (std::uint32_t i = 0; i < connections; ++i) {
    std::vector<std::uint32_t> own;
    for (std::uint32_t each = i; each < topics; each += connections) own.push_back(each);
    subscribers.push_back(server.subscriber_of(own, selection));
    // A million subscriptions may take longer than a server bears silence.
    for (Socket& each : subscribers) each.send(server.sign_of_life());
  }
  const double subscribed = wall_seconds() - subscribing;
  Socket publisher = server.publisher();
  const std::uint32_t of_first[] = {0};
  Bytes first;
  server.append_messages(first, of_first, selection);
  const Counting counting = server.exact_counting();
  const std::uint64_t size = counted_for(counting, publisher, first, subscribers.front());

  Load load;
  load.counted_for_each = size * burst;
  load.writes = std::max<std::size_t>(1, arguments.number("deliveries", 500'000) / burst);
  load.window = std::max<std::size_t>(2, arguments.number("window", 10'000) / burst);
  std::mt19937 random(7);
  const Counter counter(subscribers, counting);
  report.begin();
  const double seconds = seconds_of(load, counter, publisher, [&](Bytes& bytes) {
    std::vector<std::uint32_t> chosen(burst);
    for (std::uint32_t& each : chosen) each = static_cast<std::uint32_t>(random() % topics);
    server.append_messages(bytes, chosen, selection);
  });
  report.end();
  report.add("per_second", static_cast<double>(load.writes * burst) / seconds);
  report.add("subscriptions_per_second", topics / subscribed);
}

void latency(Server& server, const Arguments& arguments, LoadReport& report) {
  Socket subscriber = server.subscriber();
  Socket publisher = server.publisher();
  Bytes bytes;
  server.append_burst(bytes, 1);
  const Counting counting = server.exact_counting();
  const std::uint64_t size = counted_for(counting, publisher, bytes, subscriber);
  ByteCount count(counting);
  std::vector<double> times;
  report.begin();
  for (std::size_t i = 0; i < arguments.number("probes", 20'000); ++i) {
    bytes.clear();
    server.append_burst(bytes, 1);
    const double begin = wall_seconds();
    publisher.send(bytes);
    for (std::uint64_t counted = 0; counted < size;) counted += count.take(subscriber.receive());
    times.push_back(wall_seconds() - begin);
    publisher.discard();
  }
  report.end();
  report.add_times(std::move(times));
}

}  // namespace avow::bench
