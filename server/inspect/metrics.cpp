#include "server/inspect/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

#include "server/inspect/process_memory.hpp"

namespace avow::server {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// One line of a family: the value of its label, if it has one, and the number.
struct Sample {
  std::string label_value;
  std::uint64_t number = 0;
};

/// The families of one answer, in the order in which they are added.
class Families {
 public:
  void gauge(std::string name, std::string help, std::uint64_t number) {
    add(MetricType::Gauge, std::move(name), std::move(help), {}, {{{}, number}});
  }
  void gauge(std::string name, std::string help, const std::string& label,
             const std::vector<Sample>& samples) {
    add(MetricType::Gauge, std::move(name), std::move(help), label, samples);
  }
  void counter(std::string name, std::string help, std::uint64_t number) {
    add(MetricType::Counter, std::move(name), std::move(help), {}, {{{}, number}});
  }
  void counter(std::string name, std::string help, const std::string& label,
               const std::vector<Sample>& samples) {
    add(MetricType::Counter, std::move(name), std::move(help), label, samples);
  }

  [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  void add(MetricType type, std::string name, std::string help, const std::string& label,
           const std::vector<Sample>& samples) {
    MetricFamily family;
    family.name = std::move(name);
    family.help = std::move(help);
    family.type = type;
    for (const Sample& sample : samples) {
      ClientMetric metric;
      if (!label.empty()) metric.label.push_back({label, sample.label_value});
      const auto number = static_cast<double>(sample.number);
      (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = number;
      family.metric.push_back(std::move(metric));
    }
    all_.push_back(std::move(family));
  }

  std::vector<MetricFamily> all_;
};

// Clients name spaces, and whoever collects metrics keeps a series for each name.
constexpr std::size_t spaces_named_max = 100;

void add_engine(Families& families, const Engine& engine) {
  const EngineCounters& counters = engine.counters();
  std::uint64_t facts = 0;
  std::uint64_t interests = 0;
  std::uint64_t topics = 0;
  std::uint64_t history_bytes = 0;
  std::vector<Sample> floors;
  const std::vector<SpaceStatus> spaces = engine.spaces();
  for (const SpaceStatus& space : spaces) {
    facts += space.facts;
    interests += space.interests;
    topics += space.topics;
    history_bytes += space.history_bytes;
    if (floors.size() < spaces_named_max) floors.push_back({space.name, space.history_floor});
  }
  families.gauge("avow_spaces", "Living spaces.", spaces.size());
  families.gauge("avow_sessions", "Living sessions.", engine.session_count());
  families.gauge("avow_facts", "Facts in all spaces.", "durability", {{"session", facts}});
  families.gauge("avow_subscriptions", "Interests (Observe) in all spaces.", interests);
  families.gauge("avow_topics", "Distinct patterns that the interests share.", topics);
  families.gauge("avow_history_floor", "Revision above which all that changed can be told.",
                 "space", floors);
  families.gauge("avow_history_bytes", "What all spaces remember of what has changed.",
                 history_bytes);
  families.counter("avow_turns_total", "Turns from clients.", "result",
                   {{"applied", counters.turns_applied}, {"refused", counters.turns_refused}});
  families.counter("avow_events_total", "Events that passed the caveats of their reference.",
                   counters.events_admitted);
  families.counter("avow_deliveries_total", "Changes told to observers.", counters.deliveries);
  families.counter("avow_gaps_total",
                   "Times that an observer fell behind, as its client did not read.",
                   counters.gaps);
  families.counter(
      "avow_catch_ups_total", "Times that an observer that was behind caught up.", "by",
      {{"difference", counters.caught_up - counters.resyncs}, {"resync", counters.resyncs}});
  families.counter("avow_observers_closed_total",
                   "Observers that ended, as their policy is, because their client did not read.",
                   counters.observers_closed);
  families.counter("avow_messages_missed_total", "Messages that observers missed while behind.",
                   counters.messages_missed);
  families.counter("avow_snapshot_parts_total",
                   "Parts of snapshots told in turns of their own, as they were large.",
                   counters.snapshot_parts);
  families.counter("avow_snapshots_begun_anew_total",
                   "Times that an observer fell behind before it had been told all that was there.",
                   counters.snapshots_begun_anew);
  families.counter("avow_queries_total", "Queries answered.", counters.queries);
  families.counter(
      "avow_dropped_total", "Messages that reached nobody, by what stopped them.", "reason",
      {{"hop-limit", counters.echoes_dropped}, {"reference-not-held", counters.messages_dropped}});
  families.counter("avow_sessions_ended_total", "Sessions ended for breaking the rules.",
                   counters.sessions_ended);
  families.counter("avow_actors_failed_total", "Actors inside the server that failed.",
                   counters.actors_failed);
}

template <class Reason, std::size_t size>
std::vector<Sample> by_reason(const std::array<std::uint64_t, size>& counts) {
  std::vector<Sample> samples;
  for (std::size_t at = 0; at < size; ++at) {
    samples.push_back({std::string(name_of(static_cast<Reason>(at))), counts[at]});
  }
  return samples;
}

void add_transport(Families& families, const Transport& transport) {
  const TransportCounters& counters = transport.counters();
  const ConnectionCounts connections = transport.connections();
  const auto stalled = counters.cut[static_cast<std::size_t>(Cut::slow_consumer)];
  families.gauge("avow_connections", "Connections that hold a conversation.", "wire",
                 {{"websocket", connections.websocket}, {"stream", connections.stream}});
  families.gauge("avow_queue_bytes", "Bytes that wait to be written to clients.",
                 transport.waiting_bytes());
  families.counter("avow_slow_consumers_total",
                   "Clients ended for falling behind: with a reason, or cut as they read nothing.",
                   "action", {{"ended", counters.slow_endings}, {"cut", stalled}});
  families.counter("avow_connections_accepted_total", "Connections accepted.", counters.accepted);
  families.counter("avow_connections_refused_total", "Connections and requests turned away.",
                   "reason", by_reason<Refusal>(counters.refused));
  families.counter("avow_connections_cut_total", "Connections cut for what the client did.",
                   "reason", by_reason<Cut>(counters.cut));
  families.counter("avow_http_requests_total", "HTTP requests answered, upgrades included.",
                   counters.requests);
  families.counter("avow_received_bytes_total", "Bytes received in conversations.",
                   counters.bytes_received);
  families.counter("avow_sent_bytes_total", "Bytes sent in conversations.", counters.bytes_sent);
}

}  // namespace

std::string metrics_text(const Engine& engine, const Transport* transport) {
  Families families;
  families.gauge("avow_build_info", "The version that runs; always 1.", "version",
                 {{AVOW_VERSION, 1}});
  if (const auto resident = resident_bytes()) {
    families.gauge("process_resident_memory_bytes", "Memory that the process has in RAM.",
                   *resident);
  }
  add_engine(families, engine);
  if (transport != nullptr) add_transport(families, *transport);
  return families.text();
}

}  // namespace avow::server
