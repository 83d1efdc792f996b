#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/session/resumable_sessions.hpp"
#include "tests/simulation/client.hpp"
#include "tests/simulation/connection.hpp"
#include "tests/simulation/durable_server.hpp"
#include "tests/simulation/keeper_client.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/verdict.hpp"
#include "tests/support/random.hpp"

// One engine, real conversations and simulated clients, in one thread: everything that happens
// follows from one seed. Each step moves one thing (a client acts, bytes move on, a connection
// breaks, time passes), and every client checks what it is told at once:
//
//   - what appears and disappears for one observer alternates, and each is told once;
//   - to others, a client that loses its connection and comes back in time has never been away, and
//     it is told all of what it missed, once;
//   - an observer of a client that reads slowly is told of a gap and later what it missed in it;
//   - nobody sees half a turn, a message that was not sent, or the answer to a sync too early.
//
// Now and then everything on its way is let through. Then every observer must hold exactly what a
// naive model says, one more message must reach exactly those who want it, and all requests must be
// answered. When all clients have left, the engine must hold nothing.
//
// With a store, all that lasts is written down in a file on a disk in memory, when the simulation
// says so. Some clients ask keepers for commits; the disk fails, the power goes, another server
// recovers. Nobody may ever have been told what is not there afterwards, everything that was
// answered must be there, and nothing that was not asked for (ledger.hpp).

namespace avow::simulation {

struct Outcome {
  std::optional<std::string> failure;
  std::uint64_t trace_hash = 0;
  std::uint64_t turns = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t caught_up = 0;   ///< Times that an observer fell behind and caught up.
  std::uint64_t parts = 0;       ///< Of snapshots, told in turns of their own.
  std::uint64_t begun_anew = 0;  ///< Snapshots whose clients fell behind.
  // With a store:
  std::uint64_t restarts = 0;
  std::uint64_t commits = 0;  ///< Of clients, that were done and are durable.
  std::uint64_t answers = 0;
};

class Simulation {
 public:
  enum class Shown : std::uint8_t { nothing, steps };

  enum class Keeps : std::uint8_t { nothing, store };

  Simulation(std::uint64_t seed, Keeps keeps, Shown shown);
  /// Runs to the end, or to the first failure.
  [[nodiscard]] Outcome run();

 private:
  struct Seat {
    std::unique_ptr<Connection> connection{};
    std::unique_ptr<Client> client{};
    KeeperClient* keeper_client = nullptr;  ///< The same, if it is one.
    bool may_be_slow = false;               ///< Its limits are tiny: the server may cut it off.
    bool was_kept_waiting = false;          ///< Time jumped while a packet of its was on the way.
  };

  void step();
  void join();
  void break_off(std::size_t seat);
  [[nodiscard]] std::unique_ptr<Connection> connect(server::Protocol protocol, const Seat& seat);
  void remove(std::size_t seat, server::Departure how);
  void let_reach_server(Seat& seat);
  void let_reach_client(Seat& seat);
  void let_time_pass();
  void bury_the_finished();
  void check_ending(const Seat& seat);
  void let_everything_through();
  void check_everything();
  void check_that_nothing_is_left();
  [[nodiscard]] Seat* some_seat();
  [[nodiscard]] server::Engine& engine() { return durable_ ? durable_->engine() : *engine_; }
  void count_work();

  // Sessions that outlive their connections: simulation_links.cpp.
  void let_links_change(Seat& seat);
  void lose_link(Seat& seat);
  void lose_link_again(Seat& seat);
  void come_back(Seat& seat);
  /// Lets everything through, until nobody is away.
  void let_all_come_back();
  void haunt();
  void lay_ghosts();

  // With a store: simulation_durable.cpp.
  void step_of_store();
  void join_as_author(std::size_t author);
  [[nodiscard]] std::optional<std::size_t> some_author();
  void let_all_hear();
  void lose_server();
  void end_failed_server();
  void cut_everybody();
  void start_next_server();
  void calm_the_store();
  void settle_all_turns();
  void take_all_items();
  void tell_what_is_kept(Truth& truth) const;
  void check_what_is_left();

  test::Random random_;
  Verdict verdict_;
  Trace trace_;
  World world_;
  KeeperWorld keepers_;
  std::unique_ptr<server::Engine> engine_;  // One of the two.
  std::unique_ptr<DurableServer> durable_;
  server::ResumableSessions sessions_{Bytes{}};
  Outcome counted_;  // Of engines that are gone.
  Moment now_{};
  std::vector<Seat> seats_;
  /// Connections of clients that have come back on another one. Nobody listens to them any more.
  std::vector<std::unique_ptr<Connection>> ghosts_;
  // Each seed has weather of its own: other things happen when connections never break.
  bool with_json_;
  std::size_t seats_max_;
  std::size_t storm_;        // How many of 1,000 steps break a connection.
  std::size_t talkativity_;  // How many of 100 steps are something that a client says.
  std::size_t outages_;      // How many of 1,000 steps of the store lose the server.
  std::size_t batch_max_;    // How many turns a commit of the journal takes at most.
  std::uint64_t next_serial_ = 1;
};

}  // namespace avow::simulation
