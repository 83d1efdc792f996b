#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <span>

#include "server/dataspace/change.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/reference_table.hpp"
#include "server/engine/slab.hpp"

// The observers of all spaces: whom a delivery is for, and under which handle it is told.
//
//   direct     an entity of a client, by a reference without caveats. The first of a session in a
//              topic is told under the capture ids themselves, so that all after the oid is the
//              same for all sessions; others of the same session and topic have handles of their
//              own.
//   by echo    an entity inside the server, or one behind caveats: captures pass them like any
//              assertion.

namespace avow::server {

class Subscriptions {
 public:
  Subscriptions(ReferenceTable& references, EngineCounters& counters)
      : references_(references), counters_(counters) {}

  /// An interest of `observer` has come into force; the token for its deliveries.
  std::uint64_t add(TurnRun& run, Space& space, Reference& observer, TopicId topic);
  /// It has ended.
  void remove(TurnRun& run, Space& space, std::uint64_t token);
  /// One change, for these observers.
  void deliver(TurnRun& run, std::uint32_t space_index, const Change& change, ByteView captures,
               std::span<const Observer> observers);

  [[nodiscard]] std::size_t size() const { return subscriptions_.size(); }

 private:
  using Handles = boost::unordered_flat_map<std::uint64_t, std::uint64_t>;

  struct Subscription {
    Reference* observer = nullptr;   // Held.
    ClientEntity* client = nullptr;  // Of a direct one.
    TopicId topic{};
    bool primary = false;  // Told under the capture ids.
    bool sole = false;     // The only one of its session in the topic.
    // By capture: the handle of one that is not primary, the echo of one that is not direct.
    std::unique_ptr<Handles> handles;
  };

  void add_direct(TurnRun& run, Space& space, std::uint32_t place);
  void remove_direct(TurnRun& run, Space& space, std::uint32_t place);
  void deliver_direct(TurnRun& run, Subscription& subscription, const Change& change,
                      std::uint32_t index, ByteView captures);
  void tell_references(TurnRun& run, Subscription& subscription, const Change& change,
                       std::uint32_t index, std::uint64_t handle, ByteView captures);
  void deliver_by_echo(TurnRun& run, Subscription& subscription, const Change& change,
                       ByteView captures);
  std::uint64_t handle_of(TurnRun& run, Subscription& subscription, const Change& change);
  void tell_of_topic(TurnRun& run, Space& space, const Subscription& subscription, bool began);

  ReferenceTable& references_;
  EngineCounters& counters_;
  Slab<Subscription> subscriptions_;
};

}  // namespace avow::server
