#include <string>
#include <utility>

#include "tests/simulation/simulation.hpp"

// What happens in a simulation only where there is a store.

namespace avow::simulation {
namespace {

using server::Departure;
using server::Protocol;

constexpr std::size_t authors_max = 4;

}  // namespace

std::optional<std::size_t> Simulation::some_author() {
  if (!durable_ || random_.chance(1, 3)) return std::nullopt;
  std::vector<std::size_t> away;
  for (std::size_t i = 0; i < keepers_.authors.size(); ++i) {
    if (!keepers_.authors[i].is_here) away.push_back(i);
  }
  if (!away.empty()) return random_.pick(away);
  if (keepers_.authors.size() == authors_max) return std::nullopt;
  Author author;
  author.last.first.fill(static_cast<std::uint8_t>(keepers_.authors.size() + 1));
  keepers_.authors.push_back(author);
  return keepers_.authors.size() - 1;
}

void Simulation::join_as_author(std::size_t author) {
  const std::uint64_t serial = next_serial_++;
  const Protocol protocol =
      random_.chance(1, 2) ? Protocol::syndicate_stream : Protocol::syndicate_websocket;
  Seat seat;
  seat.connection = std::make_unique<Connection>(engine(), sessions_, protocol, small_runs(), now_);
  auto client = std::make_unique<KeeperClient>(world_, keepers_, author, *seat.connection, serial);
  seat.keeper_client = client.get();
  seat.client = std::move(client);
  trace_.note("joins to commit", serial);
  seats_.push_back(std::move(seat));
}

void Simulation::step_of_store() {
  if (random_.chance(outages_, 1'000)) return lose_server();
  if (random_.chance(outages_, 2'000)) {
    trace_.note("the disk will fail", 0);
    return durable_->plan_disk_error();
  }
  if (random_.chance(1, 100)) {
    const bool is_there = random_.chance(2, 3);
    trace_.note(is_there ? "there is room" : "there is no room", 0);
    return durable_->set_room(is_there);
  }
  durable_->commit(1 + random_.below(batch_max_));
  trace_.note("commits through", durable_->committed_through());
}

// All that was said reaches the clients.
void Simulation::let_all_hear() {
  bool moved = true;
  while (moved && !verdict_.has_failed()) {
    moved = false;
    for (Seat& seat : seats_) {
      moved = moved || seat.connection->can_reach_client();
      let_reach_client(seat);
    }
  }
}

void Simulation::cut_everybody() {
  while (!seats_.empty()) remove(seats_.size() - 1, Departure::lost);
}

// Whatever any client has been told by now must be there afterwards.
void Simulation::lose_server() {
  if (random_.chance(1, 2)) let_all_hear();
  trace_.note("the server is lost", 0);
  durable_->die();
  start_next_server();
}

// Everybody hears that it is over, and nothing else.
void Simulation::end_failed_server() {
  trace_.note("the server has failed", 0);
  for (const Seat& seat : seats_) {
    verdict_.expect(seat.connection->ending().has_value(), "a session outlives its server");
  }
  let_all_hear();
  start_next_server();
}

void Simulation::start_next_server() {
  cut_everybody();
  count_work();
  if (random_.chance(1, 4)) now_ += Milliseconds(random_.below(10'000));
  durable_->restart(now_);
  trace_.note("another server goes on above", durable_->committed_through());
}

// For a while the disk does what it should.
void Simulation::calm_the_store() {
  if (durable_->has_failed()) end_failed_server();
  durable_->repair();
}

void Simulation::tell_what_is_kept(Truth& truth) const {
  for (std::size_t space = 0; space < space_count; ++space) {
    for (const Value& fact : durable_->committed().facts(space)) truth.add(space, fact);
    truth.add(space, observe_fact(kept_wish(), ReferenceId{}));
  }
}

// In the end it is known of every turn what came of it.
void Simulation::settle_all_turns() {
  constexpr int rounds_max = 20;
  calm_the_store();
  cut_everybody();
  for (std::size_t author = 0; author < keepers_.authors.size(); ++author) join_as_author(author);
  bool is_settled = false;
  for (int round = 0; !is_settled && !verdict_.has_failed(); ++round) {
    if (round == rounds_max) return verdict_.fail("it stays unknown what came of a turn");
    is_settled = true;
    for (const Seat& seat : seats_) is_settled = seat.keeper_client->settle() && is_settled;
    let_everything_through();
  }
}

// Nobody holds an item any more: so all are there, in the order in which they came.
void Simulation::take_all_items() {
  cut_everybody();
  if (keepers_.authors.empty()) return;
  join_as_author(0);
  KeeperClient& client = *seats_.front().keeper_client;
  while (!verdict_.has_failed() && !client.settle()) let_everything_through();
  for (std::size_t space = 0; space < space_count; ++space) {
    const std::size_t count = durable_->committed().item_count(space);
    if (count == 0) continue;
    client.take_items_of(space, count);
    let_everything_through();
    const std::string wrong = client.check_taken();
    verdict_.expect(wrong.empty(), wrong);
  }
}

void Simulation::check_what_is_left() {
  counted_.restarts = durable_->restarts();
  counted_.commits = durable_->committed().commit_count();
  counted_.answers = keepers_.answers;
  let_everything_through();
  durable_->dismiss_watcher();
  verdict_.expect(engine().session_count() == 0, "sessions are left");
  for (const server::SpaceStatus& space : engine().spaces()) {
    const std::size_t kept = durable_->committed().facts(space.name == "main" ? 0 : 1).size();
    verdict_.expect(space.facts == kept, std::to_string(space.facts) + " facts are left in " +
                                             space.name + ", and " + std::to_string(kept) +
                                             " are kept");
    verdict_.expect(space.interests == 0, "an interest is left in " + space.name);
  }
}

}  // namespace avow::simulation
